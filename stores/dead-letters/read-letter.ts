import { hash } from 'node:crypto';
import { deadLetterCodec } from '../../core/codec.ts';
import type { DeadLetter } from '../../core/dead-letter.ts';

export interface LetterSink {
  readonly name: 'sqlite-sink' | 'postgres-sink';
  /** Microseconds since 1970. */
  readonly nowMicros: number;
}

/**
 * The dead letter of a record of `deadletters.v1`. A record that is none is kept as one: it must not stop the others, nor
 * vanish.
 */
export function readLetter(value: Buffer, { name, nowMicros }: LetterSink): DeadLetter {
  try {
    return deadLetterCodec.decode(value);
  } catch (error) {
    return {
      id: hash('sha256', value, 'base64url').slice(0, 22),
      source: 'unknown',
      stage: name,
      reason: 'record-undecodable',
      detail: error instanceof Error ? error.message : String(error),
      place: null,
      topic: null,
      contentType: 'avro/binary',
      bytes: value,
      totalBytes: value.length,
      sha256: null,
      eventId: null,
      receivedAt: nowMicros,
      deadAt: nowMicros,
      part: null,
      parts: null,
    };
  }
}
