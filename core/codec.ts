import type avro from 'avsc';
import type { DeadLetter } from './dead-letter.ts';
import { MillraceError } from './errors.ts';
import type { Model, RegisterEntry } from './model.ts';
import type { Reading } from './reading.ts';
import {
  avroType,
  idInUse,
  newestSchema,
  type OutsideId,
  schemaById,
  setOutsideIds,
} from './schemas.ts';
import { deadLettersTopic, enrichedTopic, modelsTopic, registersTopic } from './topics.ts';

/** Avro values in Confluent wire format: byte 0, schema id (4 bytes, big-endian), Avro binary. */
export interface Codec<T> {
  /** Returns bytes of their own; safe to keep. */
  encode(value: T): Buffer;
  /** Reads what any older schema version wrote. Throws `SCHEMA_UNKNOWN` or `RECORD_UNDECODABLE`. */
  decode(bytes: Buffer): T;
}

const headerBytes = 5;

class ConfluentCodec<T> implements Codec<T> {
  readonly #topic: string;
  readonly #schema: avro.Schema;
  readonly #type: avro.Type;
  #id: number;
  readonly #resolvers = new Map<number, avro.Resolver | undefined>();
  /** Values are written side by side into one slab, and a slab that is full is left to those who hold its slices. */
  #slab = Buffer.allocUnsafeSlow(64 * 1024);
  #used = 0;

  constructor(topic: string) {
    const { schema } = newestSchema(topic);
    this.#topic = topic;
    this.#schema = schema;
    this.#type = avroType(schema);
    this.#id = idInUse(newestSchema(topic));
  }

  /** The ids have changed: those of before stay readable. */
  renewId(): void {
    this.#id = idInUse(newestSchema(this.#topic));
  }

  encode(value: T): Buffer {
    const start = this.#used;
    let end = this.#write(value, start);
    if (end < 0) {
      // avsc tells how many bytes were missing; a new slab starts with this value.
      const needed = this.#slab.length - start - end;
      this.#slab = Buffer.allocUnsafeSlow(Math.max(64 * 1024, needed + headerBytes));
      this.#used = 0;
      end = this.#write(value, 0);
      this.#used = end;
      return this.#slab.subarray(0, end);
    }
    this.#used = end;
    return this.#slab.subarray(start, end);
  }

  #write(value: T, start: number): number {
    if (start + headerBytes > this.#slab.length) return -headerBytes - 1024;
    this.#slab[start] = 0;
    this.#slab.writeUInt32BE(this.#id, start + 1);
    return this.#type.encode(value, this.#slab, start + headerBytes);
  }

  decode(bytes: Buffer): T {
    if (bytes.length < headerBytes || bytes[0] !== 0) {
      throw new MillraceError(
        'RECORD_UNDECODABLE',
        `A record should begin with byte 0 and a schema id of 4 bytes (Confluent wire format); it has ${bytes.length} bytes and begins with ${bytes[0] ?? 'nothing'}.`,
      );
    }
    const id = bytes.readUInt32BE(1);
    const resolver = this.#resolver(id);
    const type = this.#type;
    let decoded: { value: T; offset: number };
    try {
      decoded = type.decode(bytes, headerBytes, resolver);
    } catch (cause) {
      throw new MillraceError('RECORD_UNDECODABLE', `A record is not what schema ${id} says.`, {
        cause,
      });
    }
    if (decoded.offset !== bytes.length) {
      throw new MillraceError(
        'RECORD_UNDECODABLE',
        decoded.offset < 0
          ? `A record ends before its schema ${id} does.`
          : `A record goes on for ${bytes.length - decoded.offset} bytes after its schema ${id} ends.`,
      );
    }
    return decoded.value;
  }

  #resolver(id: number): avro.Resolver | undefined {
    if (!this.#resolvers.has(id)) {
      const writer = schemaById(id);
      if (!writer)
        throw new MillraceError(
          'SCHEMA_UNKNOWN',
          `A record names schema id ${id}, which the registry doesn't hold.`,
        );
      const isSame = writer.schema === this.#schema;
      this.#resolvers.set(id, isSame ? undefined : this.#resolverFrom(id, writer.schema));
    }
    return this.#resolvers.get(id);
  }

  #resolverFrom(id: number, schema: avro.Schema): avro.Resolver {
    try {
      return this.#type.createResolver(avroType(schema));
    } catch (cause) {
      throw new MillraceError(
        'RECORD_UNDECODABLE',
        `A record should be a ${this.#type.name}; its schema id ${id} is that of another kind of record.`,
        { cause },
      );
    }
  }
}

const codecs: ConfluentCodec<unknown>[] = [];

function codecOf<T>(topic: string): Codec<T> {
  const codec = new ConfluentCodec<T>(topic);
  codecs.push(codec as ConfluentCodec<unknown>);
  return codec;
}

/** For `readings.raw.v1` and `readings.enriched.v1`: one schema, one codec. */
export const readingCodec = codecOf<Reading>(enrichedTopic);
export const deadLetterCodec = codecOf<DeadLetter>(deadLettersTopic);
export const registerEntryCodec = codecOf<RegisterEntry>(registersTopic);
export const modelCodec = codecOf<Model>(modelsTopic);

/**
 * From now on records are written with the ids of an outside registry; the built-in ids stay readable, since topics
 * may hold both. Called once at the start, before anything is encoded and before any thread that decodes is started:
 * threads inherit the ids. No ids: the built-in ones again.
 */
export function useSchemaIds(ids: readonly OutsideId[]): void {
  setOutsideIds(ids);
  for (const codec of codecs) codec.renewId();
}

/**
 * The `source` of an encoded reading without decoding the rest: it is the second field, a string after a string
 * (Avro: length as a zigzag varint, then UTF-8). What the ledger counts in flight by.
 */
export function peekSource(value: Buffer): string {
  const eventIdLength = readVarint(value, headerBytes);
  const sourceLength = readVarint(value, eventIdLength.next + eventIdLength.value);
  const end = sourceLength.next + sourceLength.value;
  if (end > value.length)
    throw new MillraceError('RECORD_UNDECODABLE', 'A record ends within its source.');
  return value.toString('utf8', sourceLength.next, end);
}

function readVarint(bytes: Buffer, position: number): { value: number; next: number } {
  let value = 0;
  let shift = 0;
  let next = position;
  for (;;) {
    const byte = bytes[next++];
    if (byte === undefined || shift > 28)
      throw new MillraceError('RECORD_UNDECODABLE', 'A record ends within a length.');
    value += (byte & 0x7f) * 2 ** shift;
    if ((byte & 0x80) === 0) return { value: value / 2, next };
    shift += 7;
  }
}
