import { MillraceError } from '../errors.ts';
import type { EventLog } from '../log/event-log.ts';
import type { CopyBook } from './copy-book.ts';
import type { CopyPlan } from './plan-copy.ts';

/**
 * The target's topics must hold what this copy has written and nothing else: a record of another writer would stand
 * in the way of order, and be counted by nobody. Throws `INPUT_INVALID`.
 */
export async function refuseOtherRecords(
  log: Pick<EventLog, 'tail'>,
  { specs, partitions }: CopyPlan,
  book: CopyBook,
): Promise<void> {
  const offsets: Record<string, Record<number, number>> = {};
  for (const { topic, partition } of partitions) {
    const ofTopic = offsets[topic] ?? {};
    ofTopic[partition] = book.partition(topic, partition, 0).target;
    offsets[topic] = ofTopic;
  }
  const topics = specs.map(({ name }) => name);
  for await (const cut of log.tail(topics, { from: { offsets } })) {
    const [found] = cut.batches;
    if (found)
      throw new MillraceError(
        'INPUT_INVALID',
        `The topics at the target should hold nothing but this copy; ${found.topic}/${found.partition} has a record of another writer at offset ${found.records[0]?.offset}. ` +
          'Stop whatever writes there, and give the copy a prefix of its own (MILLRACE_KAFKA_TOPIC_PREFIX) or remove those topics.',
      );
    if (cut.atEnd) return;
  }
}
