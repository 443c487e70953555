import { hash } from 'node:crypto';
import { deadLetterCodec, readingCodec } from '../codec.ts';
import type { DeadLetter } from '../dead-letter.ts';
import type { Format, FormatOutcome } from '../format.ts';
import { decodeIncoming } from '../intake/decode-incoming.ts';
import { identifiedFormat } from '../intake/identified-format.ts';
import { incomingToRecords } from '../intake/incoming-to-records.ts';
import type { NewRecord } from '../log/event-log.ts';
import { deadLetterId, deadLetterRecord } from '../make-dead-letter.ts';
import { rawTopic } from '../topics.ts';
import type { Attempt, Death, HindranceReason } from './attempt.ts';
import type { AttemptContext } from './attempt-letter.ts';

/** What was kept whole fits a record. */
const largestBytes = Number.POSITIVE_INFINITY;

/** Decodes what came again by the source's present format; what died of it goes on. Pure. */
export function attemptPayload(
  letter: DeadLetter,
  bytes: Buffer,
  context: AttemptContext,
): Attempt {
  const { sources } = context;
  const declared = Object.hasOwn(sources, letter.source) ? sources[letter.source] : undefined;
  if (declared === undefined) {
    const names = Object.keys(sources).join(', ') || 'none';
    const detail = `The configuration should have the source "${letter.source}"; it has ${names}.`;
    return { kind: 'dies', reason: 'source-gone', detail, note: undefined };
  }
  const format = declared.poll ? identifiedFormat(declared.format) : declared.format;
  const note = format.remembers
    ? `Decoded without what ${format.name} remembers of its devices.`
    : undefined;
  // Whether the sender declared the type, or the format of then was taken for it, is not known: the one that passes counts.
  const asDeclared = attemptAs(letter.contentType, letter, bytes, format, context);
  if (asDeclared.kind === 'passes' || letter.contentType === format.contentType)
    return { ...asDeclared, note };
  const undeclared = attemptAs(undefined, letter, bytes, format, context);
  return { ...(undeclared.kind === 'dies' ? asDeclared : undeclared), note };
}

function attemptAs(
  contentType: string | undefined,
  letter: DeadLetter,
  bytes: Buffer,
  format: Format,
  context: AttemptContext,
): Attempt {
  const topic = letter.topic ?? '';
  const { decode = decodeIncoming } = context;
  const outcomes = decode(format, { topic, payload: bytes, contentType }, largestBytes);
  const part = partOf(letter, bytes, outcomes.length);
  if (typeof part === 'object') return { ...part, note: undefined };
  const { records } = incomingToRecords({
    source: letter.source,
    // In its place among the others: a reading's id tells it.
    format: { ...format, decode: () => outcomes.map(onlyPart(part)) },
    topic,
    payload: bytes,
    contentType,
    mayRepeat: false,
    traceparent: null,
    receivedAt: letter.receivedAt,
    largestBytes,
    random: () => `dlq-${letter.id.replaceAll('.', '-')}`,
  });
  return judge(letter, records, context);
}

function onlyPart(part: number | 'all'): (outcome: FormatOutcome, index: number) => FormatOutcome {
  return (outcome, index) => {
    // What a device was to be asked then is not asked now.
    const isWanted = (part === 'all' || part === index) && outcome.kind !== 'request';
    return isWanted ? outcome : { kind: 'drop', reason: 'not-a-reading' };
  };
}

/** Reasons for which nothing of a payload goes on. */
const wholeReasons = new Set<string>([
  'payload-empty',
  'payload-not-utf8',
  'payload-not-json',
  'payload-too-large',
  'topic-mismatch',
  'decoder-threw',
]);

/** Which part died. A letter of an older Millrace doesn't say; then its id, a hash over it, does. */
function partOf(letter: DeadLetter, bytes: Buffer, parts: number): number | 'all' | Death {
  if (letter.parts === 1 || (letter.parts === null && wholeReasons.has(letter.reason)))
    return 'all';
  const index = letter.parts === null ? indexOfId(letter, bytes, parts) : (letter.part ?? -1);
  const isThere = letter.parts === null || letter.parts === parts;
  if (index >= 0 && index < parts && isThere) return index;
  const reason: HindranceReason = 'parts-differ';
  const was = letter.parts === null ? 'a part' : `part ${index + 1} of ${letter.parts}`;
  const detail = `It was ${was} of its payload; the present format finds ${parts} in it, and which of them it is can't be told.`;
  return { kind: 'dies', reason, detail };
}

function indexOfId(letter: DeadLetter, bytes: Buffer, parts: number): number {
  const { source, stage, reason, eventId, topic } = letter;
  const place = letter.place ?? undefined;
  const sha256 = hash('sha256', bytes);
  for (let index = 0; index < parts; index++)
    if (deadLetterId({ source, stage, reason, place, index, eventId, topic }, sha256) === letter.id)
      return index;
  return -1;
}

/** One part: it passes or dies. Several: when some pass the others become dead letters of their own. */
function judge(
  letter: DeadLetter,
  records: readonly NewRecord[],
  { tryReading, now }: AttemptContext,
): Attempt {
  const deaths: Death[] = [];
  const observedAt: number[] = [];
  let filtered = 0;
  for (const { topic, key, value } of records) {
    if (value === null) continue;
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    if (topic !== rawTopic) {
      deaths.push(deathOf(deadLetterCodec.decode(bytes)));
      continue;
    }
    const trial = tryReading({ key, value: bytes });
    if (trial.kind === 'dies') deaths.push(trial);
    else if (trial.kind === 'filtered') filtered++;
    else observedAt.push(readingCodec.decode(bytes).observedAt);
  }
  const note = undefined;
  const [first] = deaths;
  if (observedAt.length === 0 && filtered === 0)
    return first === undefined
      ? { kind: 'filtered', reason: 'not-a-reading', note }
      : { ...first, note };
  const renewed = records.map((record) => renew(record, letter, now));
  return { kind: 'passes', records: renewed, filtered, observedAt, deaths, note };
}

function deathOf({ reason, detail, place }: DeadLetter): Death {
  const at = place === null ? '' : ` (at ${place})`;
  return { kind: 'dies', reason: reason as Death['reason'], detail: `${detail}${at}` };
}

/** With the time of now, by which the log is kept; a dead letter is a new death. */
function renew(record: NewRecord, letter: DeadLetter, now: number): NewRecord {
  if (record.topic === rawTopic || record.value === null)
    return { ...record, timestampMs: Math.floor(now / 1000) };
  const dead = deadLetterCodec.decode(Buffer.from(record.value));
  return deadLetterRecord({ ...dead, deadAt: Math.max(now, letter.deadAt + 1) });
}
