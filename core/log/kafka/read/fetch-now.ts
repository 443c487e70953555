import { KafkaCodeError } from '../kafka-errors.ts';
import { type FetchedPartition, type FetchPosition, fetchRequest } from '../wire/fetch.ts';
import type { KafkaCluster } from '../wire/kafka-cluster.ts';
import { listOffsets } from './list-offsets.ts';
import { placeOf, withLeaders } from './with-leaders.ts';

const outOfRange = 1;
const bounds = { maxWaitMs: 0, maxBytes: 4 * 1024 * 1024, partitionMaxBytes: 1024 * 1024 };

/** What is there at these positions, without waiting. A position that retention has passed goes on at the start. */
export async function fetchNow(
  cluster: KafkaCluster,
  positions: readonly FetchPosition[],
): Promise<FetchedPartition[]> {
  if (positions.length === 0) return [];
  const answers = await withLeaders(cluster, positions, async (nodeId, own) => {
    const fetched = await cluster.send(nodeId, fetchRequest(own, bounds));
    const failed = fetched.find(({ errorCode }) => errorCode !== 0 && errorCode !== outOfRange);
    if (failed) throw new KafkaCodeError(failed.errorCode, placeOf(failed));
    return fetched;
  });
  const fetched = answers.flat();
  const lost = fetched.filter(({ errorCode }) => errorCode === outOfRange);
  if (lost.length === 0) return fetched;
  const found = await fetchNow(cluster, await fromStart(cluster, lost));
  return [...fetched.filter(({ errorCode }) => errorCode === 0), ...found];
}

/** Where readers whose position is gone go on. */
export async function fromStart(
  cluster: KafkaCluster,
  lost: readonly FetchPosition[],
): Promise<FetchPosition[]> {
  const starts = await listOffsets(cluster, lost, 'earliest');
  return lost.map(({ topic, partition }) => {
    const offset = starts.get(placeOf({ topic, partition })) ?? 0;
    return { topic, partition, offset };
  });
}
