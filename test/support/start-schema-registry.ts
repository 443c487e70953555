import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type avro from 'avsc';
import { breakingChange } from '../../core/schema-compatibility.ts';
import { avroType } from '../../core/schemas.ts';

/**
 * A schema registry over HTTP that keeps to what Confluent documents of its own
 * (https://docs.confluent.io/platform/current/schema-registry/develop/api.html), as far as a client of ours asks:
 * ids are given in turn, one for a schema under however many subjects; a version that breaks the one before is
 * refused with 409; errors carry `error_code`.
 */
export interface TestRegistry {
  readonly url: string;
  /** Versions by subject, oldest first. */
  readonly subjects: ReadonlyMap<
    string,
    readonly { readonly id: number; readonly schema: string }[]
  >;
  /** Method and path of each request answered, in order. */
  readonly requests: readonly string[];
  stop(): Promise<void>;
}

export interface TestRegistryOptions {
  readonly firstId?: number;
  /** NONE takes everything. */
  readonly compatibility?: 'BACKWARD' | 'NONE';
  readonly credentials?: { readonly username: string; readonly password: string };
  readonly isReadOnly?: boolean;
  /** Called before each answer; a status given is answered instead, as by a registry whose store is away. */
  readonly failWith?: () => number | undefined;
  readonly port?: number;
}

class Refusal extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export async function startSchemaRegistry(
  options: TestRegistryOptions = {},
): Promise<TestRegistry> {
  const registry = new Schemas(options);
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    void answer(registry, options, request, response);
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const { credentials } = options;
  const user = credentials
    ? `${encodeURIComponent(credentials.username)}:${encodeURIComponent(credentials.password)}@`
    : '';
  return {
    url: `http://${user}127.0.0.1:${port}`,
    subjects: registry.subjects,
    requests,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  registry: Schemas,
  { credentials, failWith }: TestRegistryOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const send = (status: number, body: unknown) =>
    response
      .writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' })
      .end(JSON.stringify(body));
  let text = '';
  for await (const chunk of request) text += chunk;
  const failure = failWith?.();
  if (failure !== undefined)
    return void send(failure, {
      error_code: failure * 100 + 1,
      message: 'Error in the backend data store',
    });
  const wanted = credentials && `${credentials.username}:${credentials.password}`;
  if (wanted !== undefined && request.headers.authorization !== `Basic ${btoa(wanted)}`)
    return void send(401, { error_code: 401, message: 'Unauthorized' });
  try {
    const { pathname } = new URL(request.url ?? '/', 'http://registry');
    const { schema } = (text === '' ? {} : JSON.parse(text)) as { schema?: string };
    send(200, registry.ask(`${request.method} ${pathname}`, schema ?? ''));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const status = error.code > 999 ? Math.floor(error.code / 100) : error.code;
    send(status, { error_code: error.code, message: error.message });
  }
}

class Schemas {
  readonly subjects = new Map<string, { readonly id: number; readonly schema: string }[]>();
  readonly #options: TestRegistryOptions;
  readonly #ids = new Map<string, number>();

  constructor(options: TestRegistryOptions) {
    this.#options = options;
  }

  ask(request: string, schema: string): unknown {
    const { compatibility = 'BACKWARD' } = this.#options;
    const [, id] = /^GET \/schemas\/ids\/(\d+)$/.exec(request) ?? [];
    if (id !== undefined) return this.#byId(Number(id));
    const [, lookedUp] = /^POST \/subjects\/([^/]+)$/.exec(request) ?? [];
    if (lookedUp !== undefined) return this.#find(decodeURIComponent(lookedUp), schema);
    const [, registered] = /^POST \/subjects\/([^/]+)\/versions$/.exec(request) ?? [];
    if (registered !== undefined) return this.#register(decodeURIComponent(registered), schema);
    if (/^GET \/config(\/[^/]+)?$/.test(request)) return { compatibilityLevel: compatibility };
    if (request === 'GET /subjects') return [...this.subjects.keys()];
    throw new Refusal(404, 'HTTP 404 Not Found');
  }

  #byId(id: number): unknown {
    const found = [...this.subjects.values()].flat().find((version) => version.id === id);
    if (!found) throw new Refusal(40403, `Schema ${id} not found`);
    return { schema: found.schema };
  }

  #find(subject: string, schema: string): unknown {
    const canonical = canonicalOf(schema);
    const versions = this.subjects.get(subject);
    if (!versions) throw new Refusal(40401, `Subject '${subject}' not found.`);
    const index = versions.findIndex((version) => version.schema === canonical);
    const found = versions[index];
    if (!found) throw new Refusal(40403, 'Schema not found');
    return { subject, version: index + 1, id: found.id, schema: found.schema };
  }

  #register(subject: string, schema: string): unknown {
    const canonical = canonicalOf(schema);
    if (this.#options.isReadOnly)
      throw new Refusal(42205, `Subject ${subject} is in read-only mode`);
    const versions = this.subjects.get(subject) ?? [];
    const there = versions.find((version) => version.schema === canonical);
    if (there) return { id: there.id };
    const latest = versions.at(-1);
    const breaks =
      latest && this.#options.compatibility !== 'NONE'
        ? breakingChange(JSON.parse(latest.schema), JSON.parse(canonical))
        : undefined;
    if (breaks !== undefined)
      throw new Refusal(
        409,
        `Schema being registered is incompatible with an earlier schema for subject "${subject}", details: [${breaks}]`,
      );
    const id = this.#ids.get(canonical) ?? (this.#options.firstId ?? 1) + this.#ids.size;
    this.#ids.set(canonical, id);
    this.subjects.set(subject, [...versions, { id, schema: canonical }]);
    return { id };
  }
}

/** As the original compares: the schema without its blanks. */
function canonicalOf(schema: string): string {
  try {
    const parsed = JSON.parse(schema) as avro.Schema;
    avroType(parsed);
    return JSON.stringify(parsed);
  } catch (error) {
    throw new Refusal(42201, `Invalid schema ${schema}, details: ${error}`);
  }
}
