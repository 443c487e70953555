import { readFileSync } from 'node:fs';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
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

/** The id that an outside registry gave to one version of one topic's schema. */
export interface OutsideId {
  readonly topic: string;
  readonly version: number;
  readonly id: number;
}

/** Threads that start later inherit what stands under this name. */
const outsideIdsName = 'millrace.outside-schema-ids';
let outsideIds = (getEnvironmentData(outsideIdsName) ?? []) as readonly OutsideId[];
let outsideById = byId(outsideIds);

function byId(ids: readonly OutsideId[]): ReadonlyMap<number, SchemaVersion> {
  return new Map(ids.map((outside) => [outside.id, versionOf(outside)]));
}

function versionOf({ topic, version }: Omit<OutsideId, 'id'>): SchemaVersion {
  const known = schemaVersions.find((one) => one.topic === topic && one.version === version);
  if (!known)
    throw new MillraceError(
      'SCHEMA_UNKNOWN',
      `No version ${version} of topic ${topic} is declared in schemas/ids.json.`,
    );
  return known;
}

/** For `useSchemaIds` of codec.ts alone, which tells the codecs too. */
export function setOutsideIds(ids: readonly OutsideId[]): void {
  outsideById = byId(ids);
  outsideIds = ids;
  setEnvironmentData(outsideIdsName, [...ids]);
}

/** The id that new records of this version carry: the outside registry's where there is one, else the built-in one. */
export function idInUse({ topic, version, id }: SchemaVersion): number {
  return outsideIds.find((one) => one.topic === topic && one.version === version)?.id ?? id;
}

/** By the id that a record carries: a built-in one, or one of the outside registry. */
export function schemaById(id: number): SchemaVersion | undefined {
  return schemaVersions.find((version) => version.id === id) ?? outsideById.get(id);
}

export function avroType(schema: avro.Schema): avro.Type {
  return avro.Type.forSchema(schema, { wrapUnions: false, registry: {}, omitRecordMethods: true });
}
