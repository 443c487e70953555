import { hash } from 'node:crypto';
import { readingCodec } from '../codec.ts';
import type { Format, FormatMemory, FormatRequest } from '../format.ts';
import { eventIdOf, hashOrigin } from '../identity.ts';
import { maxRecordBytes, type NewRecord } from '../log/event-log.ts';
import { deadLetterRecord, makeDeadLetter } from '../make-dead-letter.ts';
import type { DeadLetterOutcome } from '../outcome.ts';
import { entityKey, type Observation } from '../reading.ts';
import { rawTopic } from '../topics.ts';
import { checkObservation } from './check-observation.ts';
import { decodeIncoming } from './decode-incoming.ts';

/** What came in, by whatever way: an MQTT packet, a webhook's delivery, a page that was polled. */
export interface Incoming {
  readonly source: string;
  readonly format: Format;
  /** The MQTT topic, or the request's path. */
  readonly topic: string;
  readonly payload: Uint8Array;
  /** As the sender declares it; the format's own when absent. */
  readonly contentType?: string | undefined;
  /**
   * The sender's own id of what it sent, unique within the source and the same when it sends again: its parts are
   * recognised by it, whether they have a time or not. Then `receivedAt` must be that of the first time.
   */
  readonly deliveryId?: string | undefined;
  /** It may have come before: MQTT's DUP flag, or a retained packet that a subscription brings again. */
  readonly mayRepeat: boolean;
  /** W3C trace context that the sender gave. */
  readonly traceparent: string | null;
  /** Microseconds since 1970. */
  readonly receivedAt: number;
  /** Unique for ever, without dots; for readings that have neither time nor id. */
  readonly random: () => string;
  /** For formats that remember. */
  readonly memory?: FormatMemory | undefined;
  /**
   * Decode payloads of up to so many bytes; as many as a dead letter holds when absent. Of a larger one a dead letter
   * holds the beginning only.
   */
  readonly largestBytes?: number | undefined;
}

/** What it becomes. */
export interface IncomingOutcome {
  readonly records: NewRecord[];
  readonly readings: number;
  /** Of these, those whose payload has no time: they are observed when they were received. */
  readonly untimed: number;
  readonly filtered: number;
  readonly deadLetters: number;
  /** The first of them, for the notice. */
  readonly firstDead: DeadLetterOutcome | undefined;
  /** What the format wants sent back. */
  readonly requests: readonly FormatRequest[];
}

/** Key, value and Kafka's own bytes must fit; a topic partition's batch header is counted in. */
const maxReadingBytes = maxRecordBytes - 1024;
/** Of the payload, in its second dead letter and those after it, at most: the first has all of it. */
const repeatedBytes = 4096;

/**
 * Its readings and dead letters as records, in the payload's order. Pure but for `random` and `memory`. Never throws
 * for what is in the payload: a part that can't go on is a dead letter and its neighbours go on.
 */
export function incomingToRecords(incoming: Incoming): IncomingOutcome {
  const { source, topic, payload, contentType, deliveryId, memory } = incoming;
  const input = { topic, payload, contentType, memory };
  const outcomes = decodeIncoming(incoming.format, input, incoming.largestBytes);
  const records: NewRecord[] = [];
  const requests: FormatRequest[] = [];
  let untimed = 0;
  let filtered = 0;
  let deadLetters = 0;
  let firstDead: DeadLetterOutcome | undefined;
  let sha256: string | undefined;
  let origin: string | undefined;
  const originHash = () => {
    origin ??= hashOrigin(
      deliveryId === undefined
        ? { source, topic, payload }
        : { source, topic: '', payload: Buffer.from(deliveryId) },
    );
    return origin;
  };
  for (let index = 0; index < outcomes.length; index++) {
    const outcome = outcomes[index];
    if (outcome === undefined) continue;
    if (outcome.kind === 'request') {
      requests.push(outcome);
      continue;
    }
    if (outcome.kind === 'drop') {
      filtered++;
      continue;
    }
    const record =
      outcome.kind === 'ok'
        ? readingRecord(outcome.observation, incoming, index, originHash)
        : outcome;
    if ('kind' in record) {
      sha256 ??= hash('sha256', payload);
      firstDead ??= record;
      const whole = deadLetters++ === 0;
      const maxBytes = whole ? Number.POSITIVE_INFINITY : repeatedBytesOf(payload, outcomes.length);
      const parts = outcomes.length;
      records.push(deadRecord(record, incoming, { index, parts, sha256, maxBytes }));
    } else {
      records.push(record);
      if (outcome.kind === 'ok' && outcome.observation.observedAt === undefined) untimed++;
    }
  }
  const readings = records.length - deadLetters;
  return { records, readings, untimed, filtered, deadLetters, firstDead, requests };
}

function readingRecord(
  observation: Observation,
  incoming: Incoming,
  index: number,
  originHash: () => string,
): NewRecord | DeadLetterOutcome {
  try {
    return checkObservation(observation) ?? encodeReading(observation, incoming, index, originHash);
  } catch (error) {
    return unencodable(error);
  }
}

function encodeReading(
  observation: Observation,
  incoming: Incoming,
  index: number,
  originHash: () => string,
): NewRecord | DeadLetterOutcome {
  const { source, receivedAt, random, deliveryId, mayRepeat } = incoming;
  const { entityType, entityId, observedAt, ageMicros = 0, id } = observation;
  const isKnownByContent = observedAt !== undefined || deliveryId !== undefined;
  const eventId = eventIdOf({ source, id, isKnownByContent, originHash, index, mayRepeat, random });
  const reading = {
    eventId,
    source,
    entityType,
    entityId,
    observedAt: observedAt ?? receivedAt - ageMicros,
    receivedAt,
    seq: 0,
    numbers: observation.numbers,
    flags: observation.flags,
    texts: observation.texts,
    tags: observation.tags,
    position: observation.position,
    zones: [],
    unset: observation.unset,
    traceparent: incoming.traceparent,
  };
  const key = entityKey(reading);
  const value = readingCodec.encode(reading);
  if (key.length * 3 + value.length > maxReadingBytes) {
    return tooLarge(`A reading of ${entityType} takes ${value.length} bytes as a record`);
  }
  return { topic: rawTopic, key, value, timestampMs: Math.floor(receivedAt / 1000) };
}

function unencodable(error: unknown): DeadLetterOutcome {
  const what = error instanceof Error ? error.message : String(error);
  return {
    kind: 'deadLetter',
    reason: 'type-mismatch',
    detail: `The format gave a reading whose values are not what its schema takes: ${what}.`,
  };
}

function tooLarge(what: string): DeadLetterOutcome {
  return {
    kind: 'deadLetter',
    reason: 'payload-too-large',
    detail: `${what}; a record takes ${maxReadingBytes} at most.`,
  };
}

/** A payload with many bad parts does not become many times as many bytes. */
function repeatedBytesOf(payload: Uint8Array, parts: number): number {
  return Math.min(repeatedBytes, Math.max(256, Math.ceil((payload.length * 2) / parts)));
}

function deadRecord(
  { reason, detail, place }: DeadLetterOutcome,
  { source, topic, format, payload, contentType, receivedAt }: Incoming,
  part: {
    readonly index: number;
    readonly parts: number;
    readonly sha256: string;
    readonly maxBytes: number;
  },
): NewRecord {
  const deadLetter = makeDeadLetter({
    ...part,
    source,
    stage: 'ingress',
    reason,
    detail,
    place,
    topic,
    contentType: contentType ?? format.contentType,
    bytes: payload,
    receivedAt,
    deadAt: receivedAt,
  });
  return deadLetterRecord(deadLetter);
}
