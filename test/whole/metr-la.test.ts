import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { LoadGenerator } from '../../cli/bench/load-generator.ts';
import { makeDataFolder, startMillrace } from '../../cli/bench/millrace-process.ts';
import { openSqliteReader } from '../../stores/sqlite/open-sqlite-store.ts';
import { metrLa, readMetrLaPackets, skipWithoutMetrLa } from '../support/metr-la-packets.ts';
import { until } from '../support/until.ts';

const configPath = fileURLToPath(new URL('metr-la-pipeline.config.ts', import.meta.url));

interface Account {
  accepted: number;
  deduplicated: number;
  passedOn: number;
  difference: number;
  sinks: { 'sqlite-sink': { stored: number; inFlight: number; difference: number } };
}

test('METR-LA at full speed: as many readings in history as were sent, and none more the second time', {
  timeout: 300_000,
  skip: skipWithoutMetrLa,
}, async (t) => {
  const { count, packet } = readMetrLaPackets();
  assert.equal(count, metrLa.readings);
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
      assert.equal(totals.entities, metrLa.detectors);
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
