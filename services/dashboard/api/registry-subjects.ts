import {
  avroType,
  idInUse,
  type SchemaVersion,
  schemaById,
  schemaVersions,
} from '../../../core/schemas.ts';

/** What the registry's clients know errors by. */
export class RegistryError extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** The schemas of schemas/ids.json as a registry's subjects: `<topic>-value`, the topic with its prefix. */
export class RegistrySubjects {
  readonly #topicPrefix: string;

  constructor(topicPrefix: string) {
    this.#topicPrefix = topicPrefix;
  }

  names(): readonly string[] {
    return [...new Set(schemaVersions.map((version) => this.nameOf(version)))];
  }

  nameOf({ topic }: SchemaVersion): string {
    return `${this.#topicPrefix}${topic}-value`;
  }

  /** With the id that records carry, which is an outside registry's where there is one. */
  describe(version: SchemaVersion) {
    return {
      subject: this.nameOf(version),
      version: version.version,
      id: idInUse(version),
      schema: JSON.stringify(version.schema),
    };
  }

  /** Throws `RegistryError` 40401. */
  versionsOf(subject = ''): readonly SchemaVersion[] {
    const versions = schemaVersions.filter((version) => this.nameOf(version) === subject);
    if (versions.length === 0) throw new RegistryError(40401, `Subject '${subject}' not found.`);
    return versions;
  }

  /** `version`: a number, `latest` or -1. Throws `RegistryError` 40401, 40402 or 42202. */
  versionOf(subject: string | undefined, version = ''): SchemaVersion {
    const versions = this.versionsOf(subject);
    if (version !== 'latest' && version !== '-1' && !/^[1-9]\d{0,8}$/.test(version))
      throw new RegistryError(
        42202,
        `The specified version '${version}' is not a valid version id. Allowed values are between [1, 2^31-1] and the string "latest"`,
      );
    const known = /^\d/.test(version)
      ? versions.find((one) => one.version === Number(version))
      : versions.at(-1);
    if (known === undefined) throw new RegistryError(40402, `Version ${version} not found.`);
    return known;
  }
}

/** By a built-in id, or an outside registry's. Throws `RegistryError` 40403. */
export function schemaWithId(id = ''): SchemaVersion {
  const known = /^\d{1,10}$/.test(id) ? schemaById(Number(id)) : undefined;
  if (known === undefined) throw new RegistryError(40403, `Schema ${id} not found`);
  return known;
}

/** Schemas are the same when their canonical forms are (Avro: Parsing Canonical Form). */
export function fingerprint(schema: unknown): string {
  try {
    return avroType(JSON.parse(String(schema)))
      .fingerprint('md5')
      .toString('hex');
  } catch {
    throw new RegistryError(42201, 'The schema is no Avro schema as a JSON text.');
  }
}
