import { readFileSync } from 'node:fs';
import avro from 'avsc';
import { MillraceError } from './errors.ts';

/** One version of one topic's value schema, as schemas/ids.json lists it. Ids are never changed nor used again. */
export interface SchemaVersion {
  readonly topic: string;
  readonly id: number;
  readonly version: number;
  /** The schema as it stands in its file, parsed. */
  readonly schema: avro.Schema;
}

const folder = new URL(
  import.meta.url.includes('/dist/core/') ? '../../schemas/' : '../schemas/',
  import.meta.url,
);
const readJson = (name: string) => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));

/** Every version of every topic, oldest first. */
export const schemaVersions: readonly SchemaVersion[] = Object.entries(
  readJson('ids.json') as Record<string, { id: number; version: number; file: string }[]>,
).flatMap(([topic, versions]) =>
  versions.map(({ id, version, file }) => ({
    topic,
    id,
    version,
    schema: readJson(file) as avro.Schema,
  })),
);

/** The newest version of a topic's schema. */
export function newestSchema(topic: string): SchemaVersion {
  const newest = schemaVersions.filter((version) => version.topic === topic).at(-1);
  if (!newest)
    throw new MillraceError(
      'SCHEMA_UNKNOWN',
      `No schema is declared for topic ${topic} in schemas/ids.json.`,
    );
  return newest;
}

export function schemaById(id: number): SchemaVersion | undefined {
  return schemaVersions.find((version) => version.id === id);
}

export function avroType(schema: avro.Schema): avro.Type {
  return avro.Type.forSchema(schema, { wrapUnions: false, registry: {}, omitRecordMethods: true });
}
