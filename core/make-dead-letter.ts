import { hash } from 'node:crypto';
import { deadLetterCodec } from './codec.ts';
import type { DeadLetter } from './dead-letter.ts';
import { maxRecordBytes, type NewRecord } from './log/event-log.ts';
import type { DeadLetterReason } from './outcome.ts';
import { deadLettersTopic } from './topics.ts';

/** What is known where something fails. */
export interface Failure {
  readonly source: string;
  readonly stage: string;
  readonly reason: DeadLetterReason;
  readonly detail: string;
  readonly place?: string | undefined;
  readonly topic?: string | null;
  readonly contentType: string;
  readonly bytes: Uint8Array;
  /** Hex, of `bytes`, where it is known already: a packet with many bad parts is hashed once. */
  readonly sha256?: string;
  /** Of several that failed in the same bytes for the same reason: which. */
  readonly index?: number;
  /** How many parts the payload was found to have. */
  readonly parts?: number;
  readonly eventId?: string | null;
  /** Microseconds since 1970, as is `deadAt`. */
  readonly receivedAt: number;
  readonly deadAt: number;
  /** Keep at most so many bytes; what a record takes when absent. */
  readonly maxBytes?: number;
}

/** For key, numbers and Avro's own bytes. */
const overheadBytes = 1024;
const maxDetailCharacters = 2_000;

/**
 * The dead letter of a failure, small enough for a record: `bytes` is cut and `sha256` of all of it given when it is
 * larger. The id is the same for the same failure (source, stage, reason, place, index, event, topic) of the same bytes.
 * Called by every stage that sets something aside. `bytes` is not copied unless it is cut.
 */
export function makeDeadLetter(failure: Failure): DeadLetter {
  const detail = failure.detail.slice(0, maxDetailCharacters);
  const place = failure.place?.slice(0, maxDetailCharacters) ?? null;
  const topic = failure.topic ?? null;
  const eventId = failure.eventId ?? null;
  const texts = [detail, place, topic, eventId, failure.source, failure.contentType];
  const textBytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text ?? ''), 0);
  const room = maxRecordBytes - overheadBytes - textBytes;
  const keptBytes = Math.max(0, Math.min(room, failure.maxBytes ?? room));
  const bytes = Buffer.from(
    failure.bytes.buffer,
    failure.bytes.byteOffset,
    failure.bytes.byteLength,
  );
  const sha256 = failure.sha256 ?? hash('sha256', bytes);
  const cut = bytes.length > keptBytes;
  return {
    id: deadLetterId(failure, sha256),
    source: failure.source,
    stage: failure.stage,
    reason: failure.reason,
    detail,
    place,
    topic,
    contentType: failure.contentType,
    bytes: cut ? bytes.subarray(0, keptBytes) : bytes,
    totalBytes: bytes.length,
    sha256: cut ? sha256 : null,
    eventId,
    receivedAt: failure.receivedAt,
    deadAt: failure.deadAt,
    part: failure.parts === undefined ? null : (failure.index ?? 0),
    parts: failure.parts ?? null,
  };
}

/** `sha256`: hex, of all the bytes. */
export function deadLetterId(
  failure: Pick<Failure, 'source' | 'stage' | 'place' | 'index' | 'eventId' | 'topic'> & {
    readonly reason: string;
  },
  sha256: string,
): string {
  const { source, stage, reason, place, index, eventId, topic } = failure;
  const what = JSON.stringify([source, stage, reason, place, index ?? 0, eventId, topic, sha256]);
  return hash('sha256', what, 'base64url').slice(0, 22);
}

/** The record of a dead letter; spread over the partitions by its id. */
export function deadLetterRecord(deadLetter: DeadLetter): NewRecord {
  return {
    topic: deadLettersTopic,
    key: deadLetter.id,
    value: deadLetterCodec.encode(deadLetter),
    timestampMs: Math.floor(deadLetter.deadAt / 1000),
  };
}
