import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { freePort, makeDataFolder } from '../../cli/bench/millrace-process.ts';
import { createWorld } from '../../examples/warehouse/provider/world.ts';
import { makeDatabase, statement } from '../support/postgres-database.ts';
import { differences, isSettled, readLedger } from '../support/read-ledger.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { runMillrace, spawnMillrace } from '../support/run-millrace.ts';
import { until } from '../support/until.ts';

const config = 'examples/warehouse/millrace.config.ts';
const money = (cents: number) => (cents / 100).toFixed(2);

test('the example warehouse says nothing of its own configuration: no secret stands there as a text', async () => {
  const { code, stdout, stderr } = await runMillrace(['check', '--config', config]);
  assert.deepEqual([code, stdout.trim()], [0, `${config} is valid.`], stderr);
});

test('the example warehouse: one command polls three APIs into typed tables, and the query of its README answers as it says there', {
  timeout: 180_000,
}, async () => {
  const folder = await makeDataFolder();
  const env = {
    MILLRACE_DATA_DIR: folder.path,
    MILLRACE_HTTP_PORT: `${await freePort()}`,
    MILLRACE_MQTT_LISTEN: `127.0.0.1:${await freePort()}`,
    WAREHOUSE_PORT: `${await freePort()}`,
    WAREHOUSE_QUIET: '1',
  };
  const up = spawnMillrace(['up', '--config', config], env);
  const rowsOf = (sql: string) => {
    const db = new DatabaseSync(join(folder.path, 'store.db'), { readOnly: true });
    try {
      return db.prepare(sql).all();
    } finally {
      db.close();
    }
  };
  const count = (table: string) => rowsOf(`SELECT count(*) AS n FROM ${table}`)[0]?.n;
  try {
    await until(
      () => count('stock') === 120 && count('purchase_orders') === 48 && count('movements') === 199,
      60_000,
    );
    const asked = spawnSync(process.execPath, ['examples/warehouse/ask.ts'], {
      env: { ...process.env, MILLRACE_DATA_DIR: folder.path },
    });
    const readme = readFileSync('examples/warehouse/README.md', 'utf8');
    const shown = /```\n(location[\s\S]*?)```/.exec(readme)?.[1];
    assert.equal(asked.stdout.toString(), shown, asked.stderr.toString());

    const world = createWorld(Date.now());
    const costs = rowsOf('SELECT item, unit_cost, on_hand FROM stock ORDER BY item');
    const expected = world.stock
      .map((item) => ({
        item: `${item.location}/${item.sku}`,
        unit_cost: money(item.unitCostCents),
        on_hand: item.onHand,
      }))
      .sort((a, b) => (a.item < b.item ? -1 : 1));
    assert.deepEqual(
      costs.map((row) => ({ ...row })),
      expected,
      'each price to the cent',
    );
    const totals = rowsOf('SELECT order_number, total FROM purchase_orders ORDER BY order_number');
    assert.deepEqual(
      totals.map((row) => ({ ...row })),
      world.orders.map(({ number, totalCents }) => ({
        order_number: number,
        total: money(totalCents),
      })),
    );

    const from = new Date(Date.now() - 4 * 86_400_000).toISOString();
    const args = ['poll', 'backfill', 'movements', '--config', config, '--from', from];
    const backfill = await runMillrace(args, env);
    assert.equal(backfill.code, 0, backfill.stderr);
    await until(() => count('movements') === 600);

    const http = `http://127.0.0.1:${env.MILLRACE_HTTP_PORT}`;
    for (const source of ['inventory', 'purchasing', 'movements']) {
      const account = await until(async () => {
        const now = await readLedger(http, source);
        return now && isSettled(now) ? now : undefined;
      });
      assert.deepEqual(new Set(differences(account)), new Set([0]), source);
      assert.equal(account.deadLettered, 0, source);
    }
    const ended = once(up.child, 'exit');
    up.child.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null], up.output.stderr);
    assert.doesNotMatch(up.output.stdout + up.output.stderr, /"level":50|example-client-secret/);
  } finally {
    up.child.kill('SIGKILL');
    await folder.remove();
  }
});

test('the example warehouse on Postgres: typed columns, and the query of its README sums money to the cent', {
  timeout: 180_000,
  skip: withoutEngine(),
}, async () => {
  const folder = await makeDataFolder();
  const database = await makeDatabase();
  const env = {
    MILLRACE_DATA_DIR: folder.path,
    MILLRACE_HTTP_PORT: `${await freePort()}`,
    MILLRACE_MQTT_LISTEN: `127.0.0.1:${await freePort()}`,
    MILLRACE_POSTGRES_URL: database.url,
    WAREHOUSE_PORT: `${await freePort()}`,
    WAREHOUSE_QUIET: '1',
  };
  const up = spawnMillrace(['up', '--config', config], env);
  const count = async (table: string) =>
    (await database.query<{ n: number }>(`SELECT count(*)::int AS n FROM millrace.${table}`))[0]?.n;
  try {
    await until(
      async () =>
        (await count('stock')) === 120 &&
        (await count('purchase_orders')) === 48 &&
        (await count('movements')) === 199,
      60_000,
    );
    const columns = await database.query<{ name: string; type: string }>(
      `SELECT table_name || '.' || column_name AS name, data_type AS type
       FROM information_schema.columns WHERE table_schema = 'millrace'`,
    );
    const types = new Map(columns.map(({ name, type }) => [name, type]));
    assert.equal(types.get('stock.unit_cost'), 'numeric');
    assert.equal(types.get('stock.on_hand'), 'integer');
    assert.equal(types.get('purchase_orders.ordered_on'), 'date');
    assert.equal(types.get('movements.moved_at'), 'timestamp with time zone');
    const query = readFileSync('examples/warehouse/stock-value.sql', 'utf8');
    const url = new URL(database.url);
    url.searchParams.set('options', '-c search_path=millrace');
    const rows = await statement<{ location: string; value_eur: string }>(url.href, query);
    const { stock } = createWorld(Date.now());
    const cents = (location: string) =>
      stock
        .filter((item) => item.location === location)
        .reduce((sum, { onHand, unitCostCents }) => sum + onHand * unitCostCents, 0);
    assert.deepEqual(
      rows.map(({ location, value_eur }) => [location, value_eur]),
      ['Aarhus', 'Gdansk', 'Tampere'].map((location) => [location, money(cents(location))]),
    );
  } finally {
    up.child.kill('SIGKILL');
    await database.remove();
    await folder.remove();
  }
});
