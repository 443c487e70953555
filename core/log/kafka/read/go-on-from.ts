import { pause } from '../../../pause.ts';
import type { FetchPosition } from '../wire/fetch.ts';
import type { KafkaCluster } from '../wire/kafka-cluster.ts';
import { listOffsets } from './list-offsets.ts';
import { placeOf } from './with-leaders.ts';

/**
 * A broker that was cut off, and doesn't know yet that another leads, has fewer records than we have read. It must
 * hear of that within `broker.session.timeout.ms` (9 s) and some requests.
 */
const patienceMs = 20_000;
const lookMs = 250;
const never = new AbortController().signal;

export interface GoOnOptions {
  readonly patienceMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Where readers go on after a broker said that it hasn't their positions. Retention has passed them by: at the start.
 * They are there by now, or at another broker: where they were. They lie beyond the end, and still do after the
 * patience is over: at the start, since the topic was made anew or a broker lost records. To go there sooner would
 * give a group of `process` all of a partition again.
 */
export async function goOnFrom(
  cluster: KafkaCluster,
  lost: readonly FetchPosition[],
  { patienceMs: withinMs = patienceMs, signal = never }: GoOnOptions = {},
): Promise<FetchPosition[]> {
  const giveUpAtMs = performance.now() + withinMs;
  for (;;) {
    for (const { topic } of lost) cluster.forgetTopic(topic);
    const [starts, ends] = await Promise.all([
      listOffsets(cluster, lost, 'earliest'),
      listOffsets(cluster, lost, 'written'),
    ]);
    const isBeyond = (position: FetchPosition) =>
      position.offset > (ends.get(placeOf(position)) ?? 0);
    const isTimeOver = performance.now() >= giveUpAtMs || signal.aborted;
    if (isTimeOver || !lost.some(isBeyond))
      return lost.map((position) => {
        const { topic, partition, offset } = position;
        const start = starts.get(placeOf(position)) ?? 0;
        return { topic, partition, offset: isBeyond(position) ? start : Math.max(offset, start) };
      });
    await pause(lookMs, signal);
  }
}
