import { parseLocal, parseRfc3339 } from '../../core/time.ts';
import { type Leaf, nameOf, wordsOf } from './leaves.ts';

export type TimeUnit = 's' | 'ms' | 'us' | 'ns' | 'rfc3339' | { readonly local: string };

export interface GuessedTime {
  readonly leaf: Leaf;
  readonly unit: TimeUnit;
  /** Some parts have none. */
  readonly isOptional: boolean;
  readonly sureness: Sureness;
  readonly why: string;
}

export type Sureness = 'sure' | 'likely' | 'a guess';

const timeNames =
  /^(?:ts|time|t|dt|date|datetime|date time|timestamp|time stamp|epoch|utc|when|at|tst|unix ?time)$|\b(?:time|timestamp|at|date|ts|epoch|utc|seen)$/;
/** Of the device rather than of whoever passed it on. */
const ownTimes =
  /\b(?:observed|measured|recorded|sampled|event|captured|device)\b|^(?:ts|time|timestamp|tst)$/;
const othersTimes =
  /\b(?:received|created|updated|inserted|stored|sent|expires|expiry|start|end|next|last|boot|modified|processed)\b/;

/** The leaf that is most likely the reading's time; and all others that are times too, by path. */
export function guessTime(leaves: readonly Leaf[]): {
  readonly time: GuessedTime | undefined;
  readonly others: ReadonlySet<string>;
} {
  const candidates = leaves.flatMap((leaf) => {
    const unit = unitOf(leaf);
    if (unit === undefined) return [];
    const words = wordsOf(nameOf(leaf));
    const isNamed = timeNames.test(words);
    // A count of some billions is a time by its name only.
    if (typeof leaf.values[0] === 'number' && !isNamed) return [];
    const score =
      (isNamed ? 4 : 0) +
      (ownTimes.test(words) ? 3 : 0) -
      (othersTimes.test(words) ? 2 : 0) +
      (leaf.isInPart ? 1 : 0) +
      (leaf.values.length + leaf.nulls >= leaf.parts ? 2 : 0) -
      leaf.keys.length * 0.5;
    return [{ leaf, unit, isNamed, score }];
  });
  const [best, ...rest] = candidates.sort((a, b) => b.score - a.score);
  const others = new Set(rest.map(({ leaf }) => leaf.path));
  if (best === undefined) return { time: undefined, others };
  const { leaf, unit, isNamed } = best;
  const isLocal = typeof unit === 'object';
  const sureness: Sureness = isLocal ? 'a guess' : isNamed && rest.length === 0 ? 'sure' : 'likely';
  const why = isLocal
    ? 'local times without a zone: UTC is a guess, put the zone of the devices there'
    : `by its name and values such as ${String(leaf.values[0])}`;
  return { time: { leaf, unit, isOptional: isOptional(leaf), sureness, why }, others };
}

const isOptional = ({ values, parts }: Leaf) => values.length < parts;

/** 2000 to 2100, in seconds. */
const oldest = 946_684_800;
const newest = 4_102_444_800;
const counts = [
  ['s', 1],
  ['ms', 1e3],
  ['us', 1e6],
  ['ns', 1e9],
] as const;

function unitOf({ values }: Leaf): TimeUnit | undefined {
  if (values.length === 0) return undefined;
  if (values.every((value) => isCount(value))) {
    const numbers = values.map(Number);
    return counts.find(([, factor]) =>
      numbers.every((number) => number >= oldest * factor && number < newest * factor),
    )?.[0];
  }
  if (!values.every((value) => typeof value === 'string')) return undefined;
  const texts = values as readonly string[];
  if (texts.every((text) => parseRfc3339(text) !== undefined)) return 'rfc3339';
  const isLocal = texts.every((text) => {
    const parsed = parseLocal(text, 'UTC', 'earlier');
    return 'micros' in parsed;
  });
  return isLocal ? { local: 'UTC' } : undefined;
}

function isCount(value: unknown): boolean {
  return (
    typeof value === 'number' || (typeof value === 'string' && /^\d{10,19}(?:\.\d+)?$/.test(value))
  );
}
