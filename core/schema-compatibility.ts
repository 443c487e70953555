import type avro from 'avsc';
import { MillraceError } from './errors.ts';
import { avroType, type SchemaVersion, schemaVersions } from './schemas.ts';

type RecordSchema = {
  readonly fields?: readonly {
    readonly name: string;
    readonly type: avro.Schema;
    readonly default?: unknown;
  }[];
};

/**
 * Why `newer` can't read what `older` wrote (Avro 1.11, "Schema Resolution"), as a sentence that names the field;
 * undefined when it can: BACKWARD compatible, as registries call it.
 */
export function breakingChange(older: avro.Schema, newer: avro.Schema): string | undefined {
  const before = new Map(
    ((older as RecordSchema).fields ?? []).map((field) => [field.name, field]),
  );
  for (const field of (newer as RecordSchema).fields ?? []) {
    const was = before.get(field.name);
    if (was === undefined) {
      if (field.default === undefined) {
        return `Field "${field.name}" is new and has no default, so records without it can't be read.`;
      }
    } else if (!reads(was.type, field.type)) {
      return `Field "${field.name}" was ${JSON.stringify(was.type)} and is now ${JSON.stringify(field.type)}, which can't read it.`;
    }
  }
  return reads(older, newer) ? undefined : 'The name or the type of the whole has changed.';
}

function reads(older: avro.Schema, newer: avro.Schema): boolean {
  try {
    avroType(newer).createResolver(avroType(older));
    return true;
  } catch {
    return false;
  }
}

/** Throws `SCHEMA_BREAKS` when a version of a topic can't read the one before it. */
export function checkSchemaHistory(versions: readonly SchemaVersion[] = schemaVersions): void {
  for (const newer of versions) {
    const older = versions.findLast(
      (other) => other.topic === newer.topic && other.version < newer.version,
    );
    const reason = older && breakingChange(older.schema, newer.schema);
    if (reason !== undefined) {
      throw new MillraceError(
        'SCHEMA_BREAKS',
        `Version ${newer.version} of topic ${newer.topic} (schema ${newer.id}) can't read version ${older?.version}. ${reason}`,
      );
    }
  }
}
