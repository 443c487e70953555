import { MillraceError } from '../../errors.ts';
import type { Catalog, Partition } from './catalog.ts';

/** What the members of a group share out, by name: partitions that one member takes together. */
export type Shares = ReadonlyMap<string, readonly Partition[]>;

/** For `consume`: each partition by itself. */
export function singleShares(catalog: Catalog, topics: readonly string[]): Shares {
  const partitions = catalog.partitionsOf(topics);
  return new Map(partitions.map((one) => [`${one.topic}#${one.partition}`, [one]]));
}

/**
 * For `process`: the partitions of one number of all topics, since they have their state in common.
 * Throws `TOPIC_PARTITIONS_DIFFER`.
 */
export function matchingShares(catalog: Catalog, topics: readonly string[]): Shares {
  const counts = topics.map((name) => catalog.topic(name).partitions.length);
  if (new Set(counts).size > 1) {
    const there = topics.map((name, index) => `${name} has ${counts[index]}`).join(', ');
    throw new MillraceError(
      'TOPIC_PARTITIONS_DIFFER',
      `Topics that are processed together should have equally many partitions; ${there}. Use the same setting for all of them.`,
    );
  }
  const prefix = [...topics].sort().join(',');
  const numbers = Array.from({ length: counts[0] ?? 0 }, (_, number) => number);
  return new Map(
    numbers.map((number) => {
      const partitions = topics.map((name) => catalog.topic(name).partitions[number] as Partition);
      return [`${prefix}#${number}`, partitions];
    }),
  );
}
