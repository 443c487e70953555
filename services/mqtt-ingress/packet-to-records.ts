import { hash } from 'node:crypto';
import { readingCodec } from '../../core/codec.ts';
import { eventIdOf, hashOrigin } from '../../core/identity.ts';
import { maxRecordBytes, type NewRecord } from '../../core/log/event-log.ts';
import { deadLetterRecord, makeDeadLetter } from '../../core/make-dead-letter.ts';
import type { DeadLetterOutcome } from '../../core/outcome.ts';
import { entityKey, type Observation } from '../../core/reading.ts';
import { rawTopic } from '../../core/topics.ts';
import { checkObservation } from './check-observation.ts';
import { decodePacket } from './decode-packet.ts';
import type { Packet } from './packet.ts';
import type { NamedSource } from './source-matcher.ts';

/** What a packet becomes. */
export interface PacketOutcome {
  readonly records: NewRecord[];
  readonly readings: number;
  readonly filtered: number;
  readonly deadLetters: number;
  /** The first of them, for the notice. */
  readonly firstDead: DeadLetterOutcome | undefined;
}

export interface PacketArrival {
  readonly source: NamedSource;
  readonly packet: Packet;
  /** Microseconds since 1970. */
  readonly receivedAt: number;
  /** Unique for ever, without dots; for readings that have neither time nor id. */
  readonly random: () => string;
}

/** Key, value and Kafka's own bytes must fit; a topic partition's batch header is counted in. */
const maxReadingBytes = maxRecordBytes - 1024;
/** Of the packet, in its second dead letter and those after it, at most: the first has all of it. */
const repeatedBytes = 4096;

/**
 * A packet's readings and dead letters as records, in the payload's order. Pure but for `random`. Never throws for
 * what is in the packet: a part that can't go on is a dead letter and its neighbours go on.
 */
export function packetToRecords(arrival: PacketArrival): PacketOutcome {
  const { source, packet } = arrival;
  const outcomes = decodePacket(source.declaration.format, packet);
  const records: NewRecord[] = [];
  let filtered = 0;
  let deadLetters = 0;
  let firstDead: DeadLetterOutcome | undefined;
  let sha256: string | undefined;
  let origin: string | undefined;
  const originHash = () => {
    origin ??= hashOrigin({ source: source.name, topic: packet.topic, payload: packet.payload });
    return origin;
  };
  for (let index = 0; index < outcomes.length; index++) {
    const outcome = outcomes[index];
    if (outcome === undefined) continue;
    if (outcome.kind === 'drop') {
      filtered++;
      continue;
    }
    const record =
      outcome.kind === 'ok'
        ? readingRecord(outcome.observation, arrival, index, originHash)
        : outcome;
    if ('kind' in record) {
      sha256 ??= hash('sha256', packet.payload);
      firstDead ??= record;
      const whole = deadLetters++ === 0;
      const maxBytes = whole ? Number.POSITIVE_INFINITY : repeatedBytesOf(packet, outcomes.length);
      records.push(deadRecord(record, arrival, { index, sha256, maxBytes }));
    } else {
      records.push(record);
    }
  }
  return { records, readings: records.length - deadLetters, filtered, deadLetters, firstDead };
}

function readingRecord(
  observation: Observation,
  arrival: PacketArrival,
  index: number,
  originHash: () => string,
): NewRecord | DeadLetterOutcome {
  try {
    return checkObservation(observation) ?? encodeReading(observation, arrival, index, originHash);
  } catch (error) {
    return unencodable(error);
  }
}

function encodeReading(
  observation: Observation,
  arrival: PacketArrival,
  index: number,
  originHash: () => string,
): NewRecord | DeadLetterOutcome {
  const { source, packet, receivedAt, random } = arrival;
  const { entityType, entityId, observedAt, id } = observation;
  const eventId = eventIdOf({
    source: source.name,
    id,
    hasTime: observedAt !== undefined,
    originHash,
    index,
    mayRepeat: packet.mayRepeat,
    random,
  });
  const reading = {
    eventId,
    source: source.name,
    entityType,
    entityId,
    observedAt: observedAt ?? receivedAt,
    receivedAt,
    seq: 0,
    numbers: observation.numbers,
    flags: observation.flags,
    texts: observation.texts,
    tags: observation.tags,
    position: observation.position,
    zones: [],
    unset: observation.unset,
    traceparent: packet.traceparent,
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

/** A packet with many bad parts does not become many times as many bytes. */
function repeatedBytesOf({ payload }: Packet, parts: number): number {
  return Math.min(repeatedBytes, Math.max(256, Math.ceil((payload.length * 2) / parts)));
}

function deadRecord(
  { reason, detail, place }: DeadLetterOutcome,
  { source, packet, receivedAt }: PacketArrival,
  part: { readonly index: number; readonly sha256: string; readonly maxBytes: number },
): NewRecord {
  const deadLetter = makeDeadLetter({
    ...part,
    source: source.name,
    stage: 'ingress',
    reason,
    detail,
    place,
    topic: packet.topic,
    contentType: source.declaration.format.contentType,
    bytes: packet.payload,
    receivedAt,
    deadAt: receivedAt,
  });
  return deadLetterRecord(deadLetter);
}
