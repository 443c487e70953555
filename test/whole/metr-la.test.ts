import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { LoadGenerator } from '../../cli/bench/load-generator.ts';
import { makeDataFolder, startMillrace } from '../../cli/bench/millrace-process.ts';
import { openSqliteReader } from '../../stores/sqlite/open-sqlite-store.ts';
import { until } from '../support/until.ts';

const recording = fileURLToPath(
  new URL('../../../shared/data/traffic/metr-la/los_speed.csv', import.meta.url),
);
const configPath = fileURLToPath(new URL('metr-la-pipeline.config.ts', import.meta.url));

/** Row and column of a reading -> its packet. Rows are 5 minutes apart, from 2012-03-01T00:00 local time. */
function readPackets(): {
  count: number;
  packet: (index: number) => { topic: string; payload: string };
} {
  const [header = '', ...rows] = readFileSync(recording, 'utf8').trim().split('\n');
  const detectors = header.trim().split(',');
  const speeds = rows.map((row) => row.trim().split(','));
  return {
    count: rows.length * detectors.length,
    packet: (index) => {
      const row = Math.floor(index / detectors.length) % rows.length;
      const column = index % detectors.length;
      const at = new Date(Date.UTC(2012, 2, 1) + row * 300_000).toISOString().slice(0, 19);
      return {
        topic: `metr-la/${detectors[column]}`,
        payload: `{"at":"${at}","speed":${speeds[row]?.[column]}}`,
      };
    },
  };
}

interface Account {
  accepted: number;
  deduplicated: number;
  passedOn: number;
  difference: number;
  sinks: { 'sqlite-sink': { stored: number; inFlight: number; difference: number } };
}

test('METR-LA at full speed: as many readings in history as were sent, and none more the second time', {
  timeout: 300_000,
  skip: existsSync(recording) ? false : 'the recording is not here (it may not be shipped)',
}, async (t) => {
  const { count, packet } = readPackets();
  assert.equal(count, 417_312);
  const folder = await makeDataFolder();
  const millrace = await startMillrace({ configPath, dataDir: folder.path });
  const load = new LoadGenerator({
    port: millrace.mqttPort,
    connections: 4,
    window: 1000,
    ratePerSecond: null,
    packet,
  });
  const account = async () => {
    const ledger = (await (await fetch(`${millrace.http}/api/v1/ledger`)).json()) as {
      sources: Record<string, Account>;
    };
    return ledger.sources['metr-la'];
  };
  const settled = (accepted: number) =>
    until(async () => {
      const now = await account();
      return now &&
        now.accepted === accepted &&
        now.passedOn + now.deduplicated === accepted &&
        now.sinks['sqlite-sink'].inFlight === 0
        ? now
        : undefined;
    }, 120_000);
  const reader = await openSqliteReader({ folder: folder.path });
  try {
    await load.connect();
    for (const time of [1, 2]) {
      const published = await load.run({ packets: count });
      const now = await settled(count * time);
      const totals = await reader.totals();
      t.diagnostic(
        `time ${time}: ${published.acknowledged} acknowledged in ${published.seconds.toFixed(1)} s (${Math.round(published.acknowledged / published.seconds)}/s); ` +
          `accepted ${now.accepted}, deduplicated ${now.deduplicated}, stored ${now.sinks['sqlite-sink'].stored}; in history ${totals.readings} of ${totals.entities} detectors`,
      );
      assert.equal(totals.readings, count);
      assert.equal(totals.entities, 207);
      assert.equal(now.deduplicated, count * (time - 1));
      assert.equal(now.difference, 0);
      assert.equal(now.sinks['sqlite-sink'].difference, 0);
    }
  } finally {
    load.close();
    await reader.close();
    await millrace.stop();
    await folder.remove();
  }
});
