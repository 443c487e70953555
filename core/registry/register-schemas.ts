import { Backoff } from '../backoff.ts';
import { MillraceError } from '../errors.ts';
import { pause } from '../pause.ts';
import { type OutsideId, type SchemaVersion, schemaVersions } from '../schemas.ts';
import { isRegistryAway, RegistryAnswer, RegistryClient } from './registry-client.ts';

export interface RegisterOptions {
  /** With user and password where it wants them. */
  readonly url: string;
  /** Before the topics' names, and so before the subjects'. */
  readonly topicPrefix: string;
  /** False: looks up what is there, and registers nothing; for programs that only read. */
  readonly register: boolean;
  /** Oldest first; those of schemas/ids.json when absent. */
  readonly versions?: readonly SchemaVersion[];
  /** How long a registry that is away is tried again; a minute when absent. */
  readonly patienceMs?: number;
  readonly signal?: AbortSignal;
  /** Called before each pause. */
  readonly onRetry?: (error: unknown) => void;
}

const defaultPatienceMs = 60_000;
const retryMs = { firstMs: 250, maxMs: 5000 };

/**
 * Registers every schema with an outside registry and gives its ids. Subject: `<topic>-value`, with the topic's prefix
 * (TopicNameStrategy); keys are plain UTF-8 and have none. Versions go in their order, so that the subject's history
 * is ours, and a schema that is there already is found, without the right to write. The registry's compatibility is
 * its own: nothing is changed there.
 * Rejects with `REGISTRY_UNAVAILABLE` when it doesn't answer in time, `REGISTRY_REFUSED` when it answers no.
 */
export async function registerSchemas(options: RegisterOptions): Promise<readonly OutsideId[]> {
  const { topicPrefix, versions = schemaVersions } = options;
  const client = new RegistryClient(options.url);
  const retry = retrying(client, options);
  const ids: OutsideId[] = [];
  for (const version of versions) {
    const subject = `${topicPrefix}${version.topic}-value`;
    const schema = JSON.stringify(version.schema);
    const id = await retry(async () => {
      const known = await client.find(subject, schema);
      if (known !== undefined || !options.register) return known;
      return client.register(subject, schema);
    }, subject);
    // Nothing was written with a schema that nobody registered.
    if (id !== undefined) ids.push({ topic: version.topic, version: version.version, id });
  }
  refuseTakenIds(ids, versions, client.address);
  return ids;
}

type Retry = <T>(attempt: () => Promise<T>, subject: string) => Promise<T>;

/** One patience for all: a registry that is away at the first schema is not waited for again at each. */
function retrying(client: RegistryClient, options: RegisterOptions): Retry {
  const { patienceMs = defaultPatienceMs, signal = new AbortController().signal } = options;
  const endAt = performance.now() + patienceMs;
  const backoff = new Backoff(retryMs);
  return async (attempt, subject) => {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (!isRegistryAway(error)) throw await refused(client, subject, error);
        const pauseMs = backoff.nextMs();
        if (signal.aborted || performance.now() + pauseMs > endAt)
          throw unavailable(client, patienceMs, error);
        options.onRetry?.(error);
        await pause(pauseMs, signal);
      }
    }
  };
}

function unavailable(client: RegistryClient, patienceMs: number, cause: unknown): MillraceError {
  return new MillraceError(
    'REGISTRY_UNAVAILABLE',
    `The schema registry ${client.address} should answer, and did not within ${patienceMs / 1000} s: ${reasonOf(cause)}. ` +
      'Millrace needs it at its start only. Start the registry, or see MILLRACE_SCHEMA_REGISTRY_URL.',
    { cause },
  );
}

/** fetch says no more than `fetch failed`; what it was lies beneath. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return cause.message || String((cause as NodeJS.ErrnoException).code ?? cause.name);
}

async function refused(
  client: RegistryClient,
  subject: string,
  error: unknown,
): Promise<MillraceError> {
  if (!(error instanceof RegistryAnswer)) throw error;
  const said = `${error.message.replace(/\.?\s*$/, '')} (${error.code})`;
  return new MillraceError(
    'REGISTRY_REFUSED',
    `The schema registry ${client.address} should take the schema of subject ${subject}, and answers: ${said}. ${await advice(client, subject, error)}`,
    { cause: error },
  );
}

async function advice(
  client: RegistryClient,
  subject: string,
  { status, code }: RegistryAnswer,
): Promise<string> {
  if (status === 401 || status === 403)
    return 'Give a user and a password that may read and write subjects: MILLRACE_SCHEMA_REGISTRY_URL=http://user:password@host:port.';
  if (status === 409) {
    const level = await client.compatibility(subject).catch(() => 'unknown');
    return `Its compatibility for the subject is ${level}; the schemas of Millrace keep BACKWARD, each to the one before. Another program may have registered its own schema there: give the topics a prefix (MILLRACE_KAFKA_TOPIC_PREFIX), or set the subject to BACKWARD.`;
  }
  if (code === 42205)
    return 'It is read-only: register the files of schemas/ there first, in the order of schemas/ids.json.';
  return 'MILLRACE_SCHEMA_REGISTRY_URL should be the address of a registry with the API of the Confluent Schema Registry.';
}

/**
 * Topics may hold records with built-in ids too, from before. An id that means another schema there would have them
 * read as what they are not.
 */
function refuseTakenIds(
  ids: readonly OutsideId[],
  versions: readonly SchemaVersion[],
  address: string,
): void {
  for (const { topic, version, id } of ids) {
    const ours = versions.find((one) => one.topic === topic && one.version === version);
    const builtIn = versions.find((one) => one.id === id);
    if (builtIn === undefined || builtIn.id === ours?.id) continue;
    throw new MillraceError(
      'REGISTRY_REFUSED',
      `The schema registry ${address} should give version ${version} of ${topic} an id that is free; it gave ${id}, which is the built-in id of ${builtIn.topic}. ` +
        'Records of both would be confused. Use a registry whose ids are not near 100001.',
    );
  }
}
