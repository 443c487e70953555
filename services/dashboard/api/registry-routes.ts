import type { FastifyReply } from 'fastify';
import type { Settings } from '../../../core/config/settings.ts';
import { schemaVersions } from '../../../core/schemas.ts';
import type { ApiServer } from './api-parts.ts';
import { fingerprint, RegistryError, RegistrySubjects, schemaWithId } from './registry-subjects.ts';

/**
 * The schema registry, read-only, as Confluent's clients ask it
 * (https://docs.confluent.io/platform/current/schema-registry/develop/api.html). Subject: `<topic>-value`.
 */
export function registryRoutes(server: ApiServer, { kafka }: Pick<Settings, 'kafka'>): void {
  const subjects = new RegistrySubjects(kafka?.topicPrefix ?? '');
  const get = (path: string, answer: (params: Params, reply: FastifyReply) => unknown) =>
    server.get(
      `/registry${path}`,
      { schema: { tags: ['registry'], hide: path === '/' } },
      (request, reply) => answerRegistry(reply, () => answer(request.params as Params, reply)),
    );
  get('/', () => ({}));
  get('/subjects', () => subjects.names());
  get('/schemas/types', () => ['AVRO']);
  get('/config', () => ({ compatibilityLevel: 'BACKWARD' }));
  get('/config/:subject', ({ subject }) => {
    subjects.versionsOf(subject);
    return { compatibilityLevel: 'BACKWARD' };
  });
  get('/mode', () => ({ mode: 'READONLY' }));
  get('/schemas/ids/:id', ({ id }) => ({ schema: JSON.stringify(schemaWithId(id).schema) }));
  get('/schemas/ids/:id/schema', ({ id }) => schemaWithId(id).schema);
  get('/schemas/ids/:id/subjects', ({ id }) => {
    const known = schemaWithId(id);
    const versions = schemaVersions.filter((version) => version.id === known.id);
    return versions.map((version) => subjects.nameOf(version));
  });
  get('/schemas/ids/:id/versions', ({ id }) => {
    const known = schemaWithId(id);
    return schemaVersions
      .filter((version) => version.id === known.id)
      .map((version) => ({ subject: subjects.nameOf(version), version: version.version }));
  });
  get('/subjects/:subject/versions', ({ subject }) =>
    subjects.versionsOf(subject).map(({ version }) => version),
  );
  get('/subjects/:subject/versions/:version', ({ subject, version }) =>
    subjects.describe(subjects.versionOf(subject, version)),
  );
  get(
    '/subjects/:subject/versions/:version/schema',
    ({ subject, version }) => subjects.versionOf(subject, version).schema,
  );
  lookUpRoute(server, subjects);
  readOnlyRoutes(server);
}

interface Params {
  readonly id?: string;
  readonly subject?: string;
  readonly version?: string;
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
function lookUpRoute(server: ApiServer, subjects: RegistrySubjects): void {
  server.post(
    '/registry/subjects/:subject',
    { schema: { tags: ['registry'], summary: 'The id of a schema that is known already' } },
    (request, reply) =>
      answerRegistry(reply, () => {
        const versions = subjects.versionsOf((request.params as Params).subject);
        const given = fingerprint((request.body as { schema?: unknown } | null)?.schema);
        const same = versions.findLast(
          ({ schema }) => fingerprint(JSON.stringify(schema)) === given,
        );
        if (same === undefined) throw new RegistryError(40403, 'Schema not found');
        return subjects.describe(same);
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
