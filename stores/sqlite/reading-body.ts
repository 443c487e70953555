import type avro from 'avsc';
import { MillraceError } from '../../core/errors.ts';
import type { Reading } from '../../core/reading.ts';
import { avroType, schemaById } from '../../core/schemas.ts';

/** What a history row's body holds: what its key and its origin don't. */
export type ReadingBody = Pick<
  Reading,
  'receivedAt' | 'seq' | 'numbers' | 'flags' | 'texts' | 'tags' | 'position'
>;

const headerBytes = 5;
/** Fields of `Reading` that stand before the body, in the schema's order: four strings and `observedAt`. */
const stringsBefore = 4;
const firstBodyField = 'receivedAt';

/**
 * Where the body starts in an encoded reading. The body is the record's own bytes from `receivedAt` on, so that
 * writing encodes nothing (Avro: a string is its length as a zigzag varint, then UTF-8; a long is a varint).
 */
export function bodyStart(value: Buffer): number {
  let position = headerBytes;
  for (let string = 0; string < stringsBefore; string++) {
    let length = 0;
    let scale = 1;
    let byte: number;
    do {
      byte = value[position++] ?? 0;
      length += (byte & 0x7f) * scale;
      scale *= 128;
    } while (byte >= 0x80);
    position += length / 2;
  }
  while ((value[position++] ?? 0) >= 0x80);
  return position;
}

export function schemaIdOf(value: Buffer): number {
  return value.readUInt32BE(1);
}

/** Decodes bodies that were cut from records of one schema. */
export function bodyDecoder(schemaId: number): (body: Buffer) => ReadingBody {
  const schema = schemaById(schemaId)?.schema as avro.schema.RecordType | undefined;
  if (schema === undefined)
    throw new MillraceError(
      'SCHEMA_UNKNOWN',
      `History holds a reading of schema ${schemaId}, which the registry doesn't hold.`,
    );
  const first = schema.fields.findIndex((field) => field.name === firstBodyField);
  const type = avroType({ ...schema, name: 'ReadingBody', fields: schema.fields.slice(first) });
  return (body) => (type.decode(body, 0) as { value: ReadingBody }).value;
}
