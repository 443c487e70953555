import fc from 'fast-check';
import type { Format, FormatInput, FormatOutcome } from '../../core/format.ts';
import { strangeValues } from './strange-values.ts';

/** What came of the mutated payloads, by kind and reason. */
export interface FuzzReport {
  readonly count: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly slowestMs: number;
}

const maxDecodeMs = 50;

/**
 * Feeds `count` mutations of real payloads to a format. Throws, with the seed and the smallest input that fast-check
 * finds, when `decode` throws, gives nothing, takes over 50 ms, or gives a value that no reading may hold.
 */
export function fuzzFormat(
  format: Format,
  payloads: readonly FormatInput[],
  count: number,
): FuzzReport {
  const outcomes: Record<string, number> = {};
  let slowestMs = 0;
  fc.assert(
    fc.property(mutatedInput(payloads), (input) => {
      const { decoded, tookMs } = timed(format, input);
      slowestMs = Math.max(slowestMs, tookMs);
      if (tookMs > maxDecodeMs) throw new Error(`decode took ${tookMs.toFixed(0)} ms`);
      if (decoded.length === 0) throw new Error('decode gave no outcome');
      for (const outcome of decoded) {
        const key = 'reason' in outcome ? `${outcome.kind}: ${outcome.reason}` : outcome.kind;
        outcomes[key] = (outcomes[key] ?? 0) + 1;
        checkOutcome(outcome);
      }
    }),
    { numRuns: count, endOnFailure: false },
  );
  return { count, outcomes, slowestMs };
}

/** A slow one is tried again: on a busy machine the first may have waited for the processor. */
function timed(format: Format, input: FormatInput) {
  let tookMs = Number.POSITIVE_INFINITY;
  let decoded: readonly FormatOutcome[] = [];
  for (let attempt = 0; attempt < 4 && tookMs > maxDecodeMs; attempt++) {
    const startMs = performance.now();
    decoded = format.decode(input);
    tookMs = Math.min(tookMs, performance.now() - startMs);
  }
  return { decoded, tookMs };
}

function checkOutcome(outcome: FormatOutcome): void {
  if (outcome.kind === 'deadLetter' && outcome.detail === '')
    throw new Error('a dead letter without a sentence');
  if (outcome.kind !== 'ok') return;
  const { entityType, entityId, observedAt, numbers, flags, texts, tags, position } =
    outcome.observation;
  const isSound =
    entityType !== '' &&
    entityId !== '' &&
    (observedAt === undefined || (Number.isSafeInteger(observedAt) && observedAt >= 0)) &&
    Object.values(numbers).every(Number.isFinite) &&
    Object.values(flags).every((flag) => typeof flag === 'boolean') &&
    Object.values({ ...texts, ...tags }).every((text) => typeof text === 'string') &&
    (position === null || (Number.isFinite(position.lat) && Number.isFinite(position.lon)));
  if (!isSound)
    throw new Error(`an observation that no reading may be: ${JSON.stringify(outcome)}`);
}

/** A real packet with a few changes: to its bytes, to its JSON, to its topic. */
function mutatedInput(payloads: readonly FormatInput[]): fc.Arbitrary<FormatInput> {
  const change = fc.oneof(
    { weight: 3, arbitrary: byteChange },
    { weight: 6, arbitrary: jsonChange },
    { weight: 1, arbitrary: topicChange },
  );
  const changes = fc.array(change, { minLength: 1, maxLength: 4 });
  return fc
    .tuple(fc.constantFrom(...payloads), changes)
    .map(([input, all]) => all.reduce((changed, apply) => apply(changed), input));
}

type Change = (input: FormatInput) => FormatInput;

// Not fc.double, whose doubles crowd around 0.
const place = fc.nat(9999).map((number) => number / 10_000);

/** Bytes are flipped, cut out, cut off, doubled or put in. */
const byteChange: fc.Arbitrary<Change> = fc
  .record({
    at: place,
    length: fc.nat(40),
    bytes: fc.uint8Array({ maxLength: 8 }),
    kind: fc.nat(3),
  })
  .map(({ at, length, bytes, kind }) => ({ payload, ...rest }) => {
    const from = Math.floor(at * payload.length);
    const before = payload.subarray(0, from);
    const cut = payload.subarray(from, from + length);
    const after = payload.subarray(from + length);
    const pieces =
      [[before, bytes, after], [before, after], [before], [before, cut, cut, bytes, after]][kind] ??
      [];
    return { ...rest, payload: Buffer.concat(pieces) };
  });

/** A value in the JSON, or a name, becomes another. */
const jsonChange: fc.Arbitrary<Change> = fc
  .record({ at: place, value: fc.constantFrom(...strangeValues), isName: fc.boolean() })
  .map(({ at, value, isName }) => ({ payload, ...rest }) => {
    const text = Buffer.from(payload).toString('utf8');
    const pattern = isName ? /"[^"]*"(?=\s*:)/g : /(?<=:\s*)("[^"]*"|-?[\d.eE+]+|null|true|false)/g;
    const found = [...text.matchAll(pattern)];
    const chosen = found[Math.floor(at * found.length)];
    if (chosen === undefined) return { ...rest, payload };
    const replacement = isName ? JSON.stringify(value) : value;
    const changed =
      text.slice(0, chosen.index) + replacement + text.slice(chosen.index + chosen[0].length);
    return { ...rest, payload: Buffer.from(changed) };
  });

/** A level of the topic becomes another, or goes. */
const topicChange: fc.Arbitrary<Change> = fc
  .record({
    at: place,
    level: fc.constantFrom('', 'x', '\u0000', 'a b', '%2F', 'ä', '$SYS', 'x'.repeat(300)),
    isCut: fc.boolean(),
  })
  .map(({ at, level, isCut }) => ({ topic, ...rest }) => {
    const levels = topic.split('/');
    levels.splice(Math.floor(at * levels.length), 1, ...(isCut ? [] : [level]));
    return { ...rest, topic: levels.join('/') };
  });
