import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freePort, makeDataFolder, startMillrace } from '../../cli/bench/millrace-process.ts';
import { readingCodec } from '../../core/codec.ts';
import { openSqliteLogReader } from '../../core/log/sqlite/open-sqlite-log.ts';
import { enrichedTopic } from '../../core/topics.ts';
import { openSqliteReader } from '../../stores/sqlite/open-sqlite-store.ts';
import { openNumberedSender } from '../support/numbered-sender.ts';
import { until } from '../support/until.ts';

const configPath = fileURLToPath(new URL('numbered-pipeline.config.ts', import.meta.url));
const meters = 20;
const kills = 8;
const batch = 1500;
const repeats = 700;

interface Ledger {
  sources: Record<
    string,
    {
      accepted: number;
      deduplicated: number;
      deadLettered: number;
      passedOn: number;
      inFlight: number;
      difference: number;
      sinks: Record<
        string,
        { stored: number; deadLettered: number; inFlight: number; difference: number }
      >;
    }
  >;
}
const readLedger = async (http: string) =>
  (await (await fetch(`${http}/api/v1/ledger`)).json()) as Ledger;

test('promises 1, 2, 3 and 5: the whole process killed again and again while publishing', {
  timeout: 240_000,
}, async (t) => {
  const folder = await makeDataFolder();
  const ports = { httpPort: await freePort(), mqttPort: await freePort() };
  const start = () => startMillrace({ configPath, dataDir: folder.path, ...ports });
  let millrace = await start();
  const startedMicros = Date.now() * 1000;
  const payload = (n: number) => JSON.stringify({ at: startedMicros + n, n });
  const device = { port: ports.mqttPort, meters, window: 300, payload };
  const sender = await openNumberedSender(device);
  const forgetful = await openNumberedSender(device);
  try {
    for (let kill = 0; kill < kills; kill++) {
      const sending = sender.send(batch);
      const before = sender.list.acknowledged.length;
      // Somewhere in the middle: each time after another number of acknowledgements.
      await until(() => sender.list.acknowledged.length >= before + 100 + kill * 150);
      await millrace.kill();
      millrace = await start();
      await sending;
    }
    const { acknowledged, sent } = sender.list;
    assert.equal(acknowledged.length, sent);
    // Whether a kill makes repeats is luck; a device that has forgotten what was acknowledged makes them for certain.
    await forgetful.send(repeats);

    const ledger = await until(async () => {
      const now = await readLedger(millrace.http);
      return now.sources.meters?.sinks['sqlite-sink']?.inFlight === 0 &&
        now.sources.meters.accepted >= sent + repeats &&
        now.sources.meters.inFlight === 0 &&
        now.sources.meters.sinks['sqlite-sink'].stored >= sent
        ? now
        : undefined;
    });
    const account = ledger.sources.meters;
    assert.equal(account?.difference, 0, 'the ledger is even');
    assert.equal(account?.sinks['sqlite-sink']?.difference, 0, 'the sink is even');
    assert.equal(account?.passedOn, sent, 'each reading was passed on once');
    assert.ok(account.deduplicated >= repeats, 'what came again was recognised');

    const stored = await storedNumbers(folder.path);
    assert.deepEqual(
      stored,
      [...acknowledged].sort((a, b) => a - b),
      "stored = the sender's own list",
    );
    const order = await enrichedOrder(folder.path);
    assert.equal(order.size, meters);
    for (const numbers of order.values()) {
      assert.deepEqual(
        numbers,
        [...numbers].sort((a, b) => a - b),
        'order is kept per entity',
      );
    }
    t.diagnostic(
      `${kills} kills, ${sent} readings acknowledged, ${stored.length} stored, ${account?.deduplicated} repeats recognised, difference ${account?.difference}`,
    );
  } finally {
    await sender.close();
    await forgetful.close();
    await millrace.stop();
    await folder.remove();
  }
});

/** Every number in history, sorted. */
async function storedNumbers(dataDir: string): Promise<number[]> {
  const reader = await openSqliteReader({ folder: dataDir });
  try {
    const entities = Array.from({ length: meters }, (_, meter) => ({
      entityType: 'meter',
      entityId: `m${meter}`,
    }));
    const series = await reader.series({
      entities,
      fields: ['n'],
      from: 0,
      to: 2 ** 52,
      fn: 'last',
      maxPoints: 1_000_000,
    });
    return series
      .flatMap(({ points }) => points.map(([, value]) => Number(value)))
      .sort((a, b) => a - b);
  } finally {
    await reader.close();
  }
}

/** The numbers of each entity, in the order of the enriched topic. */
async function enrichedOrder(dataDir: string): Promise<Map<string, number[]>> {
  const log = await openSqliteLogReader(dataDir);
  const byEntity = new Map<string, number[]>();
  try {
    for await (const cut of log.tail([enrichedTopic], { from: 'earliest' })) {
      for (const { value } of cut.batches.flatMap(({ records }) => records)) {
        if (!value) continue;
        const { entityId, numbers } = readingCodec.decode(value);
        byEntity.set(entityId, [...(byEntity.get(entityId) ?? []), numbers.n ?? Number.NaN]);
      }
      if (cut.atEnd) break;
    }
  } finally {
    await log.close();
  }
  return byEntity;
}
