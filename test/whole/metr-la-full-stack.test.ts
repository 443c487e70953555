import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { LoadGenerator } from '../../cli/bench/load-generator.ts';
import { metrLa, readMetrLaPackets, skipWithoutMetrLa } from '../support/metr-la-packets.ts';
import { queryInflux } from '../support/query-influx.ts';
import { differences, isSettled, readLedger } from '../support/read-ledger.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { startFullStack } from '../support/start-full-stack.ts';
import { until } from '../support/until.ts';

const configPath = fileURLToPath(new URL('metr-la-pipeline.config.ts', import.meta.url));

test('METR-LA through the full stack: every point in InfluxDB, the latest of each detector in Postgres, no change the second time', {
  timeout: 290_000,
  skip: skipWithoutMetrLa || withoutEngine(),
}, async (t) => {
  const { count, packet } = readMetrLaPackets();
  const stack = await startFullStack({ configPath });
  const load = new LoadGenerator({
    port: stack.mqttPort,
    connections: 4,
    window: 1000,
    ratePerSecond: null,
    packet,
  });
  const database = new pg.Client({ connectionString: stack.servers.postgres.url });
  await database.connect();
  const latest = async () =>
    (await database.query('SELECT * FROM millrace.entities ORDER BY entity_id')).rows;
  try {
    await load.connect();
    let before: unknown;
    for (const time of [1, 2]) {
      const startedMs = performance.now();
      const published = await load.run({ packets: count });
      const account = await until(async () => {
        const now = await readLedger(stack.http, 'metr-la');
        return now && now.accepted >= count * time && isSettled(now) ? now : undefined;
      }, 120_000);
      const tookMs = performance.now() - startedMs;
      const points = (
        await queryInflux(stack.servers.influx, 'SELECT count(speed) FROM detector')
      )[0]?.[1];
      const rows = await latest();
      t.diagnostic(
        `time ${time}: ${published.acknowledged} published in ${published.seconds.toFixed(1)} s, stored after ${(tookMs / 1000).toFixed(1)} s (${Math.round(count / (tookMs / 1000))}/s); ` +
          `accepted ${account.accepted}, deduplicated ${account.deduplicated}; ${points} points in InfluxDB, ${rows.length} entities in Postgres; differences ${differences(account)}`,
      );
      assert.equal(points, metrLa.readings);
      assert.equal(rows.length, metrLa.detectors);
      // Mosquitto may deliver a packet again: those are repeats as well.
      assert.equal(account.passedOn, count);
      assert.equal(account.deduplicated, account.accepted - count);
      assert.deepEqual(new Set(differences(account)), new Set([0]));
      before ??= rows;
      assert.deepEqual(rows, before, 'the latest is as it was');
    }
  } finally {
    load.close();
    await database.end();
    await stack.stop();
  }
});
