const seed = 0x9747b28c;
const multiplier = 0x5bd1e995;

/** Kafka's murmur2 over `bytes[start, end)`: a signed 32-bit hash, as org.apache.kafka.common.utils.Utils gives it. */
export function murmur2(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  const tail = start + (length & ~3);
  let hash = seed ^ length;
  for (let at = start; at < tail; at += 4) {
    let k =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    k = Math.imul(k, multiplier);
    k ^= k >>> 24;
    hash = Math.imul(hash, multiplier) ^ Math.imul(k, multiplier);
  }
  const rest = length & 3;
  if (rest > 2) hash ^= (bytes[tail + 2] as number) << 16;
  if (rest > 1) hash ^= (bytes[tail + 1] as number) << 8;
  if (rest > 0) hash = Math.imul(hash ^ (bytes[tail] as number), multiplier);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, multiplier);
  return hash ^ (hash >>> 15);
}

/** The partition that Kafka's DefaultPartitioner gives a key, so that other clients agree. */
export function partitionOf(
  keyBytes: Uint8Array,
  start: number,
  end: number,
  partitions: number,
): number {
  return partitions === 1 ? 0 : (murmur2(keyBytes, start, end) & 0x7fffffff) % partitions;
}
