import type { FastifyReply } from 'fastify';
import { avroType, type SchemaVersion, schemaById, schemaVersions } from '../../../core/schemas.ts';
import type { ApiServer } from './api-parts.ts';

/**
 * The schema registry, read-only, as Confluent's clients ask it
 * (https://docs.confluent.io/platform/current/schema-registry/develop/api.html). Subject: `<topic>-value`.
 */
export function registryRoutes(server: ApiServer): void {
  const get = (path: string, answer: (params: Params, reply: FastifyReply) => unknown) =>
    server.get(
      `/registry${path}`,
      { schema: { tags: ['registry'], hide: path === '/' } },
      (request, reply) => answerRegistry(reply, () => answer(request.params as Params, reply)),
    );
  get('/', () => ({}));
  get('/subjects', () => [...new Set(schemaVersions.map(subjectOf))]);
  get('/schemas/types', () => ['AVRO']);
  get('/config', () => ({ compatibilityLevel: 'BACKWARD' }));
  get('/config/:subject', ({ subject }) => {
    versionsOf(subject);
    return { compatibilityLevel: 'BACKWARD' };
  });
  get('/mode', () => ({ mode: 'READONLY' }));
  get('/schemas/ids/:id', ({ id }) => ({ schema: schemaText(schemaWithId(id)) }));
  get('/schemas/ids/:id/schema', ({ id }) => schemaWithId(id).schema);
  get('/schemas/ids/:id/versions', ({ id }) => {
    const known = schemaWithId(id);
    return schemaVersions
      .filter((version) => version.id === known.id)
      .map((version) => ({ subject: subjectOf(version), version: version.version }));
  });
  get('/subjects/:subject/versions', ({ subject }) =>
    versionsOf(subject).map(({ version }) => version),
  );
  get('/subjects/:subject/versions/:version', ({ subject, version }) =>
    described(versionOf(subject, version)),
  );
  get(
    '/subjects/:subject/versions/:version/schema',
    ({ subject, version }) => versionOf(subject, version).schema,
  );
  lookUpRoute(server);
  readOnlyRoutes(server);
}

interface Params {
  readonly id?: string;
  readonly subject?: string;
  readonly version?: string;
}

/** What the registry's clients know errors by. */
class RegistryError extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

function answerRegistry(reply: FastifyReply, answer: () => unknown) {
  reply.type('application/vnd.schemaregistry.v1+json');
  try {
    return reply.send(JSON.stringify(answer()));
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    return reply
      .code(Math.floor(error.code / 100))
      .send(JSON.stringify({ error_code: error.code, message: error.message }));
  }
}

/** A producer or consumer that has a schema asks for its id: a question, though it is a POST. */
function lookUpRoute(server: ApiServer): void {
  server.post(
    '/registry/subjects/:subject',
    { schema: { tags: ['registry'], summary: 'The id of a schema that is known already' } },
    (request, reply) =>
      answerRegistry(reply, () => {
        const versions = versionsOf((request.params as Params).subject);
        const given = fingerprint((request.body as { schema?: unknown } | null)?.schema);
        const same = versions.findLast(
          ({ schema }) => fingerprint(JSON.stringify(schema)) === given,
        );
        if (same === undefined) throw new RegistryError(40403, 'Schema not found');
        return described(same);
      }),
  );
}

function readOnlyRoutes(server: ApiServer): void {
  server.route({
    method: ['POST', 'DELETE', 'PUT'],
    url: '/registry/subjects/:subject/versions',
    schema: { hide: true },
    handler: (request, reply) =>
      answerRegistry(reply, () => {
        const { subject } = request.params as Params;
        throw new RegistryError(
          42205,
          `Subject ${subject} is in read-only mode: schemas are declared in schemas/ids.json`,
        );
      }),
  });
}

function subjectOf({ topic }: SchemaVersion): string {
  return `${topic}-value`;
}

function schemaText({ schema }: SchemaVersion): string {
  return JSON.stringify(schema);
}

function described(version: SchemaVersion) {
  return {
    subject: subjectOf(version),
    version: version.version,
    id: version.id,
    schema: schemaText(version),
  };
}

function schemaWithId(id = ''): SchemaVersion {
  const known = /^\d{1,10}$/.test(id) ? schemaById(Number(id)) : undefined;
  if (known === undefined) throw new RegistryError(40403, `Schema ${id} not found`);
  return known;
}

function versionsOf(subject = ''): readonly SchemaVersion[] {
  const versions = schemaVersions.filter((version) => subjectOf(version) === subject);
  if (versions.length === 0) throw new RegistryError(40401, `Subject '${subject}' not found.`);
  return versions;
}

function versionOf(subject: string | undefined, version = ''): SchemaVersion {
  const versions = versionsOf(subject);
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

/** Schemas are the same when their canonical forms are (Avro: Parsing Canonical Form). */
function fingerprint(schema: unknown): string {
  try {
    return avroType(JSON.parse(String(schema)))
      .fingerprint('md5')
      .toString('hex');
  } catch {
    throw new RegistryError(42201, 'The schema is no Avro schema as a JSON text.');
  }
}
