import type { Commit } from '../commits-table.ts';
import type { TopicNames } from '../topic-names.ts';
import type { StableBatch } from '../wire/decode-records.ts';
import type { TailPosition, TailRead } from './tail-cuts.ts';
import { placeOf } from './with-leaders.ts';

/**
 * What is held back at most. Who is far behind has more in hand than that, and of most old commits nothing is known any
 * more (`commits` is compacted): cuts are as they come until the tail has caught up, and it is not at the end before
 * what it gave is whole.
 */
const maxHeldBytes = 16 * 1024 * 1024;

interface Held {
  readonly of: TailPosition;
  readonly batches: StableBatch[];
  /** Delivered up to here. */
  offset: number;
}

/** Ends of all that one commit and those before it of the same producer wrote, by place. */
type Ends = ReadonlyMap<string, number>;

/**
 * Holds back what transactions of `process` wrote until all of it in the tail's topics is there. A broker makes a
 * transaction visible partition by partition; the topic `commits` tells how far each commit goes in each.
 */
export class WholeCommits {
  readonly #names: TopicNames;
  readonly #held = new Map<string, Held>();
  /** By producer id, rising. The first is complete, or nothing is. */
  readonly #commits = new Map<number, Ends[]>();
  #heldBytes = 0;
  /** Up to where each place must be given, since something of the same commits may have been. */
  readonly #owed = new Map<string, number>();
  /** Something was given of which the commit was not known. */
  #owesUnknown = false;

  constructor(names: TopicNames, positions: readonly TailPosition[]) {
    this.#names = names;
    for (const of of positions) this.#held.set(placeOf(of), { of, batches: [], offset: of.offset });
  }

  /** What it has given is not whole, or it has more in hand. */
  get isHolding(): boolean {
    if (this.#owesUnknown) return true;
    for (const [place, end] of this.#owed) {
      if (this.#fetched(place) < end) return true;
      this.#owed.delete(place);
    }
    return [...this.#held.values()].some(({ batches }) => batches.length > 0);
  }

  noteCommit({ producerId, ends }: Commit): void {
    const own = new Map<string, number>();
    for (const [topic, ofTopic] of Object.entries(ends)) {
      for (const [partition, end] of Object.entries(ofTopic)) {
        const place = placeOf({
          topic: this.#names.onCluster(topic),
          partition: Number(partition),
        });
        if (this.#held.has(place)) own.set(place, end);
      }
    }
    const commits = this.#commits.get(producerId) ?? [];
    this.#commits.set(producerId, commits);
    // Every partition of a transaction tells of it, and of older ones only the last of each partition is known, in any order.
    const reach = reachOf(own);
    const before = commits.findLastIndex((ends) => reachOf(ends) <= reach);
    const isKnown = before >= 0 && reachOf(commits[before] ?? own) === reach;
    if (!isKnown) commits.splice(before + 1, 0, own);
  }

  take(reads: readonly TailRead[]): void {
    for (const { of, batches } of reads) {
      const held = this.#held.get(placeOf(of));
      for (const batch of batches) {
        held?.batches.push(batch);
        this.#heldBytes += batch.byteLength;
      }
    }
  }

  /**
   * What is whole. `allKnown`: every commit that wrote what was taken has been noted, so what no commit tells of was
   * written by others' transactions. Also gives where the tail stands then.
   */
  release(allKnown: boolean): { reads: TailRead[]; positions: TailPosition[] } {
    const isTooMuch = this.#heldBytes > maxHeldBytes;
    if (isTooMuch || this.#owesUnknown) this.#owe(allKnown);
    const cuts = isTooMuch ? undefined : this.#cuts(allKnown);
    const reads: TailRead[] = [];
    const positions: TailPosition[] = [];
    for (const [place, held] of this.#held) {
      const cut = cuts?.get(place) ?? held.of.offset;
      const count = held.batches.findIndex((batch) => startOf(batch) >= cut);
      const batches = held.batches.splice(0, count < 0 ? held.batches.length : count);
      for (const { byteLength } of batches) this.#heldBytes -= byteLength;
      held.offset = held.batches.length > 0 ? cut : held.of.offset;
      reads.push({ of: held.of, batches });
      positions.push({ ...held.of, offset: held.offset });
    }
    return { reads, positions };
  }

  #owe(allKnown: boolean): void {
    this.#owesUnknown = !allKnown;
    for (const commits of this.#commits.values())
      for (const [place, end] of commits.at(-1) ?? [])
        this.#owed.set(place, Math.max(end, this.#owed.get(place) ?? 0));
  }

  /** Up to where each place may be delivered, so that every commit is delivered in all its places or in none. */
  #cuts(allKnown: boolean): Map<string, number> {
    const chosen = new Map<number, number>();
    for (const [producerId, commits] of this.#commits)
      chosen.set(
        producerId,
        lastIndex(commits, (end, place) => end <= this.#fetched(place)),
      );
    for (;;) {
      const cuts = new Map<string, number>();
      for (const [place, held] of this.#held) {
        const first = held.batches.find((batch) => !this.#isWhole(place, batch, chosen, allKnown));
        cuts.set(place, first ? startOf(first) : held.of.offset);
      }
      let isStable = true;
      for (const [producerId, commits] of this.#commits) {
        const at = chosen.get(producerId) ?? -1;
        const fits = (end: number, place: string) => end <= (cuts.get(place) ?? end);
        const next = lastIndex(commits.slice(0, at + 1), fits);
        if (next !== at) isStable = false;
        chosen.set(producerId, next);
      }
      if (!isStable) continue;
      for (const [producerId, at] of chosen) this.#commits.get(producerId)?.splice(0, at);
      return cuts;
    }
  }

  #isWhole(
    place: string,
    { producerId, nextOffset }: StableBatch,
    chosen: ReadonlyMap<number, number>,
    allKnown: boolean,
  ): boolean {
    if (producerId === undefined) return true;
    const commits = this.#commits.get(producerId) ?? [];
    const known = commits.at(-1)?.get(place) ?? 0;
    if (nextOffset > known) return allKnown;
    const end = commits[chosen.get(producerId) ?? -1]?.get(place) ?? 0;
    return nextOffset <= end;
  }

  #fetched(place: string): number {
    return this.#held.get(place)?.of.offset ?? 0;
  }
}

function lastIndex(
  commits: readonly Ends[],
  fits: (end: number, place: string) => boolean,
): number {
  return commits.findLastIndex((ends) => [...ends].every(([place, end]) => fits(end, place)));
}

/** Ends of one producer rise together, so their sum tells which commit is later. */
function reachOf(ends: Ends): number {
  let sum = 0;
  for (const end of ends.values()) sum += end;
  return sum;
}

const startOf = ({ records }: StableBatch): number => records[0]?.offset ?? 0;
