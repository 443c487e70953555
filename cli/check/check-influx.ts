import type { InfluxSettings } from '../../core/config/settings.ts';
import { attempt, type ConnectCheck, Fault } from './connect-check.ts';

const whenSilent = 'Check MILLRACE_INFLUX_URL, and that InfluxDB runs.';

/** That InfluxDB answers, has what history is to be written to, and lets these credentials read and write it. */
export function checkInflux(influx: InfluxSettings): Promise<ConnectCheck> {
  return attempt(
    `InfluxDB ${influx.url}`,
    async (signal) => {
      const version = await versionOf(influx, signal);
      const target =
        influx.version === 2
          ? await findBucket(influx, signal)
          : await findDatabase(influx, signal);
      await mayWrite(influx, target, signal);
      return `InfluxDB ${version}; ${target}; may be read and written`;
    },
    whenSilent,
  );
}

async function versionOf({ url }: InfluxSettings, signal: AbortSignal): Promise<string> {
  const { status, headers } = await fetch(`${url}/ping`, { signal });
  const version = headers.get('x-influxdb-version');
  if (status >= 400 || version === null)
    throw new Fault(
      `it doesn't answer as an InfluxDB does (HTTP ${status} at /ping). ${whenSilent}`,
    );
  return version.replace(/^v/, '');
}

async function findBucket(
  influx: Extract<InfluxSettings, { version: 2 }>,
  signal: AbortSignal,
): Promise<string> {
  const { org, bucket } = influx;
  const name = `bucket ${bucket} of organization ${org}`;
  const query = new URLSearchParams({ org, name: bucket });
  const answer = await ask(influx, `/api/v2/buckets?${query}`, signal);
  if (answer.status === 404)
    throw new Fault(
      `${answer.words}. Make the ${name} ('influx bucket create'), or set MILLRACE_INFLUX_BUCKET and _ORG; with a token that may make buckets, influx-sink makes it at its start.`,
    );
  refuseCredentials(answer);
  const found = (answer.body as { buckets?: { retentionRules?: { everySeconds?: number }[] }[] })
    .buckets?.[0];
  if (found === undefined)
    throw new Fault(
      `the ${name} is not there, or the token may not read it. Make it, or give a token that may read and write it.`,
    );
  const seconds = found.retentionRules?.[0]?.everySeconds ?? 0;
  return `${name}, which keeps ${seconds === 0 ? 'everything' : `${seconds / 86_400} days`}`;
}

async function findDatabase(
  influx: Extract<InfluxSettings, { version: 1 }>,
  signal: AbortSignal,
): Promise<string> {
  const answer = await ask(influx, '/query?q=SHOW+DATABASES', signal);
  refuseCredentials(answer);
  const rows = (answer.body as { results?: { series?: { values?: string[][] }[] }[] }).results?.[0]
    ?.series?.[0]?.values;
  if (!(rows ?? []).some(([name]) => name === influx.database))
    throw new Fault(
      `there is no database ${influx.database}, or the user may not see it. Make it (CREATE DATABASE "${influx.database}"), or set MILLRACE_INFLUX_DATABASE.`,
    );
  return `database ${influx.database}`;
}

/** A write of no lines is judged like any other, and writes nothing. */
async function mayWrite(influx: InfluxSettings, target: string, signal: AbortSignal) {
  const path =
    influx.version === 2
      ? `/api/v2/write?${new URLSearchParams({ org: influx.org, bucket: influx.bucket })}`
      : `/write?${new URLSearchParams({ db: influx.database })}`;
  const answer = await ask(influx, path, signal, { method: 'POST', body: '' });
  refuseCredentials(answer);
  if (answer.status >= 300)
    throw new Fault(`the ${target} can't be written: ${answer.words} (HTTP ${answer.status}).`);
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** InfluxDB's own. */
  readonly words: string;
}

async function ask(
  influx: InfluxSettings,
  path: string,
  signal: AbortSignal,
  request: { readonly method?: string; readonly body?: string } = {},
): Promise<Answer> {
  const headers = authorization(influx);
  const response = await fetch(influx.url + path, { ...request, signal, headers });
  const text = await response.text();
  let body: unknown = {};
  try {
    body = JSON.parse(text);
  } catch {
    // An answer without a body, or a proxy's page.
  }
  const { message, error } = body as { message?: string; error?: string };
  return { status: response.status, body, words: message ?? error ?? text.slice(0, 200) };
}

function authorization(influx: InfluxSettings): Record<string, string> {
  if (influx.version === 2) return { authorization: `Token ${influx.token}` };
  const { username, password = '' } = influx;
  if (username === undefined) return {};
  const credentials = Buffer.from(`${username}:${password}`).toString('base64');
  return { authorization: `Basic ${credentials}` };
}

function refuseCredentials({ status, words }: Answer): void {
  if (status === 401)
    throw new Fault(
      `it doesn't take the credentials: ${words}. Check MILLRACE_INFLUX_TOKEN (1.x: _USERNAME and _PASSWORD).`,
    );
  if (status === 403)
    throw new Fault(
      `the credentials don't reach far enough: ${words}. They should read and write it.`,
    );
}
