import type { Sureness } from './guess-time.ts';
import { isTemplateSafe, type Leaf, nameOf, wordsOf } from './leaves.ts';

export interface GuessedEntity {
  /** Undefined: nothing in the payload names it. */
  readonly leaf: Leaf | undefined;
  readonly others: readonly Leaf[];
  readonly sureness: Sureness;
  /** The sender's own id of each reading. */
  readonly readingId: Leaf | undefined;
}

const idNames: readonly (readonly [name: RegExp, score: number])[] = [
  [
    /^(?:dev ?eui|device ?id|sensor ?id|station ?id|node ?id|entity ?id|vehicle ?id|thing ?id|asset ?id|meter ?id|imei|serial(?: ?(?:no|number))?|mac(?: ?address)?)$/,
    6,
  ],
  [/^(?:id|uid|sn)$/, 5],
  [/^(?:device|sensor|station|node|vehicle|meter|entity|thing|asset)$/, 5],
  [/^(?:device|sensor|station|node) ?(?:name|no|number|code|key)$/, 4],
  [/\bid$/, 3],
  [/^(?:name|key|code|address|addr|location|site)$/, 2],
];
const readingIdNames =
  /^(?:message|msg|event|reading|record|measurement|delivery|packet|transaction|correlation|dedup\w*|deduplication) ?(?:id|uuid)$|^uuid$|^guid$/;

/** What tells one entity from another, and what tells one reading from another. */
export function guessEntity(leaves: readonly Leaf[]): GuessedEntity {
  const everywhere = leaves.filter(
    ({ values, parts }) => values.length === parts && values.every(isName),
  );
  const readingId = everywhere.find(
    (leaf) => readingIdNames.test(wordsOf(nameOf(leaf))) && areDistinct(leaf),
  );
  const candidates = everywhere
    .filter((leaf) => leaf !== readingId && isTemplateSafe(leaf))
    .flatMap((leaf) => {
      const words = wordsOf(nameOf(leaf));
      const score = idNames.find(([name]) => name.test(words))?.[1];
      if (score === undefined || readingIdNames.test(words)) return [];
      return [{ leaf, score: score + (leaf.isInPart ? 1 : 0) - leaf.keys.length * 0.25 }];
    })
    .sort((a, b) => b.score - a.score);
  const [best, ...rest] = candidates;
  return {
    leaf: best?.leaf,
    others: rest.map(({ leaf }) => leaf),
    sureness:
      best === undefined || best.score < 3 ? 'a guess' : rest.length > 0 ? 'likely' : 'sure',
    readingId,
  };
}

/** A text, or a whole number: 3.7 names nothing. */
function isName(value: unknown): boolean {
  return (typeof value === 'string' && value !== '') || Number.isSafeInteger(value);
}

function areDistinct({ values }: Leaf): boolean {
  return new Set(values).size === values.length;
}
