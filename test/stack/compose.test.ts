import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Client } from 'pg';
import { type ComposeStack, composeStack } from '../support/compose-stack.ts';
import { queryInflux } from '../support/query-influx.ts';
import { differences, type SourceCounts } from '../support/read-ledger.ts';
import { withoutCompose } from '../support/require-stack.ts';
import { until } from '../support/until.ts';

const skip = withoutCompose();
let stack: ComposeStack;

before(
  async () => {
    if (skip) return;
    stack = await composeStack();
    await stack.run('up', '--build', '--wait', '--wait-timeout', '240');
  },
  // On a machine with nothing else to do the build takes 40 s, and all the rest a minute.
  { timeout: 480_000 },
);

after(async () => {
  await stack?.down();
});

const secret = (name: string) =>
  readFileSync(`infra/development-secrets/${name}`, 'utf8').trimEnd();

async function getJson<T>(path: string): Promise<T> {
  const answer = await fetch(`http://127.0.0.1:${stack.ports.http}${path}`);
  assert.equal(answer.status, 200, path);
  return (await answer.json()) as T;
}

/** Ten containers begin at once, on two cores beside whatever else runs there. */
const deadlineMs = 90_000;

/** Waits until the number is above 0, and then until it is higher. */
async function untilGrowing(count: () => Promise<number>): Promise<void> {
  const first = await until(count, deadlineMs);
  await until(async () => (await count()) > first, deadlineMs);
}

test('the demonstration city is on the API of the composed stack, and goes on', {
  skip,
}, async () => {
  type Entities = { items: { entityType: string; observedAt: string }[] };
  const newest = (entities: Entities) =>
    entities.items
      .map(({ observedAt }) => observedAt)
      .sort()
      .at(-1) ?? '';
  const vehicles = () => getJson<Entities>('/api/v1/entities?type=vehicle&limit=100');
  const first = await until(async () => {
    const entities = await vehicles();
    return entities.items.length >= 50 && entities;
  }, deadlineMs);
  await until(async () => newest(await vehicles()) > newest(first), deadlineMs);
});

test('points flow into InfluxDB', { skip }, async () => {
  const influx = {
    url: `http://127.0.0.1:${stack.ports.influx}`,
    token: secret('influxdb-token'),
    org: 'millrace',
    bucket: 'millrace',
  };
  await untilGrowing(async () => {
    const [row] = await queryInflux(influx, 'SELECT count(speed) FROM vehicle');
    return Number(row?.[1] ?? 0);
  });
});

test('rows flow into Postgres, where the dashboard may only read', { skip }, async () => {
  const url = new URL(secret('postgres-reader-url'));
  url.host = `127.0.0.1:${stack.ports.postgres}`;
  const client = new Client({ connectionString: url.href });
  await client.connect();
  try {
    await untilGrowing(async () => {
      const { rows } = await client.query(
        'SELECT coalesce(sum(next_offset), 0)::float8 AS sum FROM millrace.offsets',
      );
      return rows[0].sum;
    });
    await assert.rejects(client.query('DELETE FROM millrace.entities'), /permission denied/);
  } finally {
    await client.end();
  }
});

test('the ledger of the composed stack adds up', { skip }, async () => {
  type Ledger = { sources: Record<string, SourceCounts> };
  // 503 while it has not read to the end of the log.
  const { sources } = await until(() => getJson<Ledger>('/api/v1/ledger'), deadlineMs);
  assert.ok((sources.fleet?.accepted ?? 0) > 0);
  for (const account of Object.values(sources)) {
    assert.deepEqual(Object.keys(account.sinks).sort(), ['influx-sink', 'postgres-sink']);
    assert.ok(differences(account).every((difference) => difference === 0));
  }
});

test('a service is stopped in order within its time', { skip }, async () => {
  await stack.run('stop', 'enricher');
  const [container] = JSON.parse(
    `[${(await stack.run('ps', '--all', '--format', 'json', 'enricher')).trim().split('\n').join()}]`,
  );
  assert.equal(container.ExitCode, 0);
});
