import type { LogRecord } from '../log/event-log.ts';
import { sourceOf } from './source-of.ts';

/** Records of one source at consecutive offsets, from `start` on. */
interface Run {
  readonly source: string;
  readonly start: number;
  count: number;
}

interface Segment {
  readonly start: number;
  readonly end: number;
  readonly counts: Map<string, number>;
  /** Undefined when coalesced: only the sums are known. */
  runs: readonly Run[] | undefined;
}

export interface TallyBounds {
  /** Runs held, at most; beyond it segments keep their sums only. */
  readonly maxRuns: number;
  /** Segments held, at most; beyond it coalesced neighbours become one. */
  readonly maxSegments: number;
}

const defaultBounds: TallyBounds = { maxRuns: 50_000, maxSegments: 1_000 };

/** Count from an offset on; what `unread` spans must be counted from the log and added. */
export interface TallyCount {
  readonly counts: ReadonlyMap<string, number>;
  readonly unread: { readonly from: number; readonly to: number } | undefined;
}

/**
 * Counts records of one partition by source, for any offset in `from..to`, in bounded memory: what is recent is known
 * to the record, what is more than the bounds only by segments.
 */
export class FlightTally {
  readonly #bounds: TallyBounds;
  #segments: Segment[] = [];
  #runs = 0;
  #from: number;
  #to: number;

  constructor(from: number, bounds: TallyBounds = defaultBounds) {
    this.#from = from;
    this.#to = from;
    this.#bounds = bounds;
  }

  /** The next offset to add. */
  get to(): number {
    return this.#to;
  }

  /** Makes it able to count from `offset` on, and no longer from before it. Starts anew when it doesn't know that far. */
  startAt(offset: number): void {
    if (offset < this.#from || offset > this.#to) {
      this.#segments = [];
      this.#runs = 0;
      this.#to = offset;
    } else {
      const kept = this.#segments.findIndex((segment) => segment.end > offset);
      this.#segments.splice(0, kept < 0 ? this.#segments.length : kept);
      this.#runs = this.#segments.reduce((sum, { runs }) => sum + (runs?.length ?? 0), 0);
    }
    this.#from = offset;
  }

  /** `records` are those at or after `to`; `nextOffset` becomes `to`. */
  add(records: readonly LogRecord[], nextOffset: number): void {
    const runs: Run[] = [];
    const counts = new Map<string, number>();
    let last: Run | undefined;
    for (const { offset, value } of records) {
      if (offset < this.#to) continue;
      const source = sourceOf(value);
      counts.set(source, (counts.get(source) ?? 0) + 1);
      if (last?.source === source && last.start + last.count === offset) last.count++;
      else {
        last = { source, start: offset, count: 1 };
        runs.push(last);
      }
    }
    if (nextOffset <= this.#to) return;
    this.#segments.push({ start: this.#to, end: nextOffset, counts, runs });
    this.#runs += runs.length;
    this.#to = nextOffset;
    this.#keepBounds();
  }

  countFrom(offset: number): TallyCount {
    const counts = new Map<string, number>();
    let unread: TallyCount['unread'];
    for (const segment of this.#segments) {
      if (segment.end <= offset) continue;
      if (segment.start >= offset) {
        for (const [source, count] of segment.counts) addTo(counts, source, count);
      } else if (segment.runs) {
        for (const { source, start, count } of segment.runs) {
          addTo(counts, source, Math.min(count, Math.max(0, start + count - offset)));
        }
      } else {
        unread = { from: offset, to: segment.end };
      }
    }
    return { counts, unread };
  }

  #keepBounds(): void {
    if (this.#runs > this.#bounds.maxRuns) {
      for (const segment of this.#segments) segment.runs = undefined;
      this.#runs = 0;
    }
    if (this.#segments.length <= this.#bounds.maxSegments) return;
    const merged: Segment[] = [];
    for (let index = 0; index < this.#segments.length; index += 2) {
      const [one, other] = this.#segments.slice(index, index + 2);
      if (one && other) merged.push(join(one, other));
      else if (one) merged.push(one);
    }
    this.#segments = merged;
    this.#runs = merged.reduce((sum, { runs }) => sum + (runs?.length ?? 0), 0);
  }
}

function join(one: Segment, other: Segment): Segment {
  const counts = new Map(one.counts);
  for (const [source, count] of other.counts) addTo(counts, source, count);
  const runs = one.runs && other.runs ? [...one.runs, ...other.runs] : undefined;
  return { start: one.start, end: other.end, counts, runs };
}

/** Adds a count to a source's; nothing for 0. */
export function addTo(counts: Map<string, number>, source: string, count: number): void {
  if (count > 0) counts.set(source, (counts.get(source) ?? 0) + count);
}
