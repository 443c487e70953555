import { MillraceError } from '../../core/errors.ts';
import type { EventLog, RecordBatch } from '../../core/log/event-log.ts';
import { deadLetterMarksTopic, deadLettersTopic } from '../../core/topics.ts';
import type { Refusal, StoreWriter } from '../store.ts';
import type { RefusalShare } from './refusal-share.ts';
import { refusedDeadLetters } from './refused-dead-letters.ts';

export interface StoreBatchParts {
  readonly sinkName: string;
  readonly writer: StoreWriter;
  readonly log: Pick<EventLog, 'append'>;
  readonly share: RefusalShare;
  /** Microseconds. */
  readonly now: () => number;
  /** Told of what was set aside, when it is durable. */
  readonly onRefused: (refusals: readonly Refusal[], batch: RecordBatch) => void;
}

/**
 * Stores a batch of any of its topics, with its offset. What the store refuses is durable as dead letters before the rest
 * is committed. Rejects with `STORE_REFUSES` when it refuses too much, and then nothing is set aside.
 */
export async function storeBatch(parts: StoreBatchParts, batch: RecordBatch): Promise<void> {
  const { sinkName, writer, log, share, now, onRefused } = parts;
  if (batch.topic === deadLettersTopic) {
    await writer.writeDeadLetters(batch);
    return;
  }
  if (batch.topic === deadLetterMarksTopic) {
    await writer.writeDeadLetterMarks(batch);
    return;
  }
  const setAside: number[] = [];
  let refusals = await writer.writeReadings(batch);
  const tooMany = share.add(batch.records.length, refusals.length);
  if (tooMany !== undefined) throw refuses(tooMany, refusals);
  // What was refused may have hidden another refusal behind it.
  while (refusals.length > 0) {
    await log.append(refusedDeadLetters(batch, refusals, { sinkName, now: now() }));
    onRefused(refusals, batch);
    setAside.push(...refusals.map(({ index }) => index));
    // ACK: the offset moves on with this write, and the dead letters are in the log.
    refusals = await writer.writeReadings(batch, setAside);
  }
}

function refuses(share: string, refusals: readonly Refusal[]): MillraceError {
  return new MillraceError(
    'STORE_REFUSES',
    `The store should take nearly every record: ${share}. The sink has stopped, and nothing was set aside of this batch. ` +
      `The store says: ${refusals[0]?.detail ?? 'nothing'}. Mend the store (or make it anew: millrace rebuild), then start again.`,
  );
}
