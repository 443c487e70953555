import { readingCodec } from '../codec.ts';
import type { Pipeline } from '../config/pipeline.ts';
import type { DeadLetter } from '../dead-letter.ts';
import type { decodeIncoming } from '../intake/decode-incoming.ts';
import type { NewRecord } from '../log/event-log.ts';
import { entityKey, type Reading } from '../reading.ts';
import { rawTopic, returnedTopic } from '../topics.ts';
import type { Attempt, Death, ReadingTrial } from './attempt.ts';
import { attemptPayload } from './attempt-payload.ts';

export interface AttemptContext {
  readonly sources: Pipeline['sources'];
  readonly tryReading: ReadingTrial;
  /** {@link decodeOnce}, where letters of one payload follow each other; each decodes anew when absent. */
  readonly decode?: typeof decodeIncoming;
  /** Microseconds since 1970: the time of the new records, whose log is kept by it. */
  readonly now: number;
}

/**
 * Sends a dead letter through the present configuration, without writing anything. `bytes`: all of what came; undefined
 * when only its beginning is left. Pure, and never throws for what is in the letter.
 *
 * - of an ingress: the part that died is decoded again by its source's format, and tried with the enricher's steps
 * - of the enricher: its record is tried with the enricher's steps, and goes to `readings.raw.v1` again
 * - of a sink: its record goes to the sinks again; whether the store takes it now only the store can say
 */
export function attemptLetter(
  letter: DeadLetter,
  bytes: Buffer | undefined,
  context: AttemptContext,
): Attempt {
  if (bytes === undefined) return hindered('bytes-cut', cutSentence(letter));
  if (letter.stage === 'ingress') return attemptPayload(letter, bytes, context);
  const reading = readingIn(bytes);
  if ('kind' in reading) return { ...reading, note: undefined };
  if (letter.stage !== 'enricher') return sentOn(returnedTopic, reading, bytes, context);
  const trial = context.tryReading({ key: entityKey(reading), value: bytes });
  if (trial.kind === 'dies') return { ...trial, note: undefined };
  // What a filter sets aside now is counted as filtered by the enricher.
  return sentOn(rawTopic, reading, bytes, { ...context, isFiltered: trial.kind === 'filtered' });
}

function sentOn(
  topic: string,
  reading: Reading,
  value: Buffer,
  { now, isFiltered = false }: Pick<AttemptContext, 'now'> & { readonly isFiltered?: boolean },
): Attempt {
  const record: NewRecord = {
    topic,
    key: entityKey(reading),
    value,
    timestampMs: Math.floor(now / 1000),
  };
  const { observedAt } = reading;
  return {
    kind: 'passes',
    records: [record],
    observedAt: isFiltered ? [] : [observedAt],
    filtered: isFiltered ? 1 : 0,
    deaths: [],
    note: undefined,
  };
}

function readingIn(bytes: Buffer): Reading | Death {
  try {
    return readingCodec.decode(bytes);
  } catch (error) {
    return {
      kind: 'dies',
      reason: 'record-undecodable',
      detail: `Its bytes should be a reading's record; ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}

function cutSentence({ bytes, totalBytes }: DeadLetter): string {
  return `All bytes that came are needed; of ${totalBytes} the first ${bytes.length} are left, and no other dead letter holds the rest.`;
}

function hindered(reason: Death['reason'], detail: string): Attempt {
  return { kind: 'dies', reason, detail, note: undefined };
}
