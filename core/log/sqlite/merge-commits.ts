export interface CommitPart {
  readonly commit: number;
  readonly byteLength: number;
}

/**
 * Takes whole commits, oldest first, from partitions whose parts each rise by commit, until `maxBytes` are reached;
 * at least one commit. What was taken is a consistent cut over all of them. `take` gets parts in the order of commits.
 * Returns true when nothing was left.
 */
export function mergeCommits<T extends CommitPart>(
  partitions: readonly Iterator<T>[],
  maxBytes: number,
  take: (part: T, partitionIndex: number) => void,
): boolean {
  const heads = partitions.map((parts) => next(parts));
  let takenBytes = 0;
  for (;;) {
    const oldest = heads.reduce((least, head) => Math.min(least, head?.commit ?? least), Infinity);
    if (oldest === Infinity) return true;
    if (takenBytes > 0 && takenBytes >= maxBytes) return false;
    for (const [index, parts] of partitions.entries()) {
      let head = heads[index];
      while (head !== undefined && head.commit === oldest) {
        take(head, index);
        takenBytes += head.byteLength;
        head = next(parts);
      }
      heads[index] = head;
    }
  }
}

function next<T>(iterator: Iterator<T>): T | undefined {
  const { done, value } = iterator.next();
  return done ? undefined : value;
}
