import { MillraceError } from '../errors.ts';

/** The registry's answer that it doesn't do what was asked. */
export class RegistryAnswer extends Error {
  /** HTTP status. */
  readonly status: number;
  /** The registry's own `error_code`, as 40401 or 42201; the status where it gave none. */
  readonly code: number;

  constructor(status: number, code: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** It may be otherwise when asked again: away, overloaded, or its primary is changing. */
export function isRegistryAway(error: unknown): boolean {
  if (error instanceof RegistryAnswer) return error.status >= 500 || error.status === 429;
  return true;
}

const requestTimeoutMs = 10_000;
const contentType = 'application/vnd.schemaregistry.v1+json';

/**
 * Asks a Confluent-compatible schema registry
 * (https://docs.confluent.io/platform/current/schema-registry/develop/api.html).
 */
export class RegistryClient {
  /** Without user and password: may be printed. */
  readonly address: string;
  readonly #headers: Readonly<Record<string, string>>;

  /** `url` may hold user and password, for basic authentication. Throws `SETTING_INVALID`. */
  constructor(url: string) {
    if (!URL.canParse(url))
      throw new MillraceError(
        'SETTING_INVALID',
        'MILLRACE_SCHEMA_REGISTRY_URL should be an address such as http://registry:8081.',
      );
    const { protocol, host, pathname, username, password } = new URL(url);
    this.address = `${protocol}//${host}${pathname.replace(/\/+$/, '')}`;
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    this.#headers = {
      accept: `${contentType}, application/json`,
      ...(username && { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }),
    };
  }

  /** The id of a schema that the subject has already; undefined when it has not. Throws `RegistryAnswer`, or what fetch throws. */
  async find(subject: string, schema: string): Promise<number | undefined> {
    try {
      return idOf(await this.#ask('POST', `/subjects/${encodeURIComponent(subject)}`, { schema }));
    } catch (error) {
      // No such subject, or no such schema under it.
      if (error instanceof RegistryAnswer && (error.code === 40401 || error.code === 40403))
        return undefined;
      throw error;
    }
  }

  /** Registers a schema, or finds it registered; gives its id. Throws as `find` does. */
  async register(subject: string, schema: string): Promise<number> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions`;
    return idOf(await this.#ask('POST', path, { schema }));
  }

  /** The compatibility that the registry asks of a subject, as BACKWARD. Throws as `find` does. */
  async compatibility(subject: string): Promise<string> {
    const path = `/config/${encodeURIComponent(subject)}?defaultToGlobal=true`;
    const answer = await this.#ask('GET', path);
    return String((answer as { compatibilityLevel?: unknown }).compatibilityLevel);
  }

  /** The subjects, to see that the registry answers. Throws as `find` does. */
  async subjects(): Promise<unknown> {
    return this.#ask('GET', '/subjects');
  }

  async #ask(method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.address}${path}`, {
      method,
      headers: { ...this.#headers, ...(body && { 'content-type': contentType }) },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(requestTimeoutMs),
    });
    const text = await response.text();
    const answer = parsed(text);
    if (response.ok && answer !== undefined) return answer;
    const { error_code: code, message } = (answer ?? {}) as {
      error_code?: unknown;
      message?: unknown;
    };
    // A page that answers 200 without JSON is no registry, and won't become one.
    const said = typeof message === 'string' ? message : text.slice(0, 200);
    throw new RegistryAnswer(
      response.status,
      typeof code === 'number' ? code : response.status,
      said || `HTTP status ${response.status}`,
    );
  }
}

function idOf(answer: unknown): number {
  const { id } = (answer ?? {}) as { id?: unknown };
  if (typeof id === 'number' && Number.isInteger(id) && id >= 0 && id <= 0xffffffff) return id;
  throw new RegistryAnswer(200, 200, `an answer without a schema id: ${JSON.stringify(answer)}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
