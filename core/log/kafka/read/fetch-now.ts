import { KafkaCodeError } from '../kafka-errors.ts';
import { type FetchedPartition, type FetchPosition, fetchRequest } from '../wire/fetch.ts';
import type { KafkaCluster } from '../wire/kafka-cluster.ts';
import { goOnFrom } from './go-on-from.ts';
import { placeOf, withLeaders } from './with-leaders.ts';

const outOfRange = 1;
const bounds = { maxWaitMs: 0, maxBytes: 4 * 1024 * 1024, partitionMaxBytes: 1024 * 1024 };

/** What is there at these positions, without waiting. A position that is gone goes on as `goOnFrom` says. */
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
  const found = await fetchNow(cluster, await goOnFrom(cluster, lost));
  return [...fetched.filter(({ errorCode }) => errorCode === 0), ...found];
}
