import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { InfluxDB, RequestTimedOutError, type WriteApi } from '@influxdata/influxdb-client';
import type { InfluxSettings } from '../../core/config/settings.ts';

/** An InfluxDB under load takes its time for a full batch; giving up on it earlier would only add to the load. */
const timeoutMs = 30_000;
/** Batches of so many partitions are under way at a time; others wait for a socket. */
const maxSockets = 8;

/**
 * The HTTP side of one InfluxDB, 2.x or 1.x, by its client library. Every method rejects with what the library throws;
 * `influxFailure` says what that means.
 */
export class InfluxConnection {
  readonly settings: InfluxSettings;
  readonly #agent: HttpAgent;
  readonly #influx: InfluxDB;

  constructor(settings: InfluxSettings) {
    this.settings = settings;
    const Agent = settings.url.startsWith('https:') ? HttpsAgent : HttpAgent;
    this.#agent = new Agent({ keepAlive: true, maxSockets });
    this.#influx = new InfluxDB({
      url: settings.url,
      timeout: timeoutMs,
      transportOptions: { agent: this.#agent },
      ...(settings.version === 2 ? { token: settings.token } : { headers: basicAuth(settings) }),
    });
  }

  /** For messages. */
  get target(): string {
    const { settings } = this;
    return settings.version === 2
      ? `The bucket ${settings.bucket} of organization ${settings.org} at ${settings.url}`
      : `The database ${settings.database} at ${settings.url}`;
  }

  /** Lines of line protocol, newlines between them, in one request. Resolves when InfluxDB has all of them. */
  async write(lines: string): Promise<void> {
    const api = this.#writeApi();
    api.writeRecord(lines);
    await this.#withTimeout(api.flush());
  }

  /** A call of the JSON API (2.x). */
  async call(
    method: 'GET' | 'POST',
    path: string,
    query: Readonly<Record<string, string>>,
    body?: object,
  ): Promise<unknown> {
    const search = new URLSearchParams(query).toString();
    const text = body === undefined ? '' : JSON.stringify(body);
    const headers = { accept: 'application/json' };
    return this.#withTimeout(
      this.#influx.transport.request(search ? `${path}?${search}` : path, text, {
        method,
        headers,
      }),
    );
  }

  /** InfluxQL over `/query`, which 1.x and 2.x share. Gives the answer's text; times are microseconds. */
  async query(statements: string, { chunked = false } = {}): Promise<string> {
    const parameters = new URLSearchParams({ ...this.#database(), epoch: 'u', q: statements });
    if (chunked) parameters.set('chunked', 'true');
    const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/json' };
    const options = { method: 'POST', headers };
    const { transport } = this.#influx;
    const answer: unknown = await this.#withTimeout(
      transport.request('/query', parameters.toString(), {
        ...options,
        // Given as text: the client parses one JSON document, and a chunked answer is several.
        headers: { ...headers, accept: 'text/plain' },
      }),
    );
    return String(answer ?? '');
  }

  close(): void {
    this.#agent.destroy();
  }

  /** One for a request: its buffer is never shared, and it never tries again by itself. */
  #writeApi(): WriteApi {
    const { settings } = this;
    const [org, bucket] = settings.version === 2 ? [settings.org, settings.bucket] : ['', ''];
    const api = this.#influx.getWriteApi(org, bucket, 'ns', {
      batchSize: 2,
      maxBatchBytes: Number.MAX_SAFE_INTEGER,
      flushInterval: 0,
      // It would cost more than all the rest, and the network is seldom what is short.
      gzipThreshold: Number.MAX_SAFE_INTEGER,
      maxRetries: 0,
      // Answered here, the library doesn't write it to the console.
      writeFailed: (error) => Promise.reject(error),
    });
    if (settings.version === 1)
      api.path = `/write?${new URLSearchParams({ db: settings.database, precision: 'ns' })}`;
    return api;
  }

  /** In InfluxQL a 2.x bucket `a/b` is the retention policy `b` of the database `a`, unless it is mapped otherwise. */
  #database(): Record<string, string> {
    const { settings } = this;
    if (settings.version === 1) return { db: settings.database };
    const slash = settings.bucket.indexOf('/');
    if (slash < 0) return { db: settings.bucket };
    return { db: settings.bucket.slice(0, slash), rp: settings.bucket.slice(slash + 1) };
  }

  /** The library lets a request that timed out keep its socket. */
  async #withTimeout<T>(request: Promise<T>): Promise<T> {
    try {
      return await request;
    } catch (error) {
      if (error instanceof RequestTimedOutError) this.#agent.destroy();
      throw error;
    }
  }
}

function basicAuth({
  username,
  password = '',
}: Extract<InfluxSettings, { version: 1 }>): Record<string, string> {
  if (username === undefined) return {};
  return { Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}
