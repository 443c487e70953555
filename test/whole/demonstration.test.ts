import assert from 'node:assert/strict';
import { exec } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  type MillraceProcess,
  makeDataFolder,
  startMillrace,
} from '../../cli/bench/millrace-process.ts';
import { readServerSentEvents } from '../support/read-server-sent-events.ts';
import { until } from '../support/until.ts';

const configPath = fileURLToPath(
  new URL('../../examples/city/millrace.config.ts', import.meta.url),
);

interface LiveReading {
  entityType: string;
  entityId: string;
  numbers: Record<string, number>;
}

/** Entities of which a reading came on the live feed, until there are so many or the time is over. */
async function countChanging(
  millrace: MillraceProcess,
  wanted: number,
  withinMs: number,
): Promise<Set<string>> {
  const seen = new Set<string>();
  for await (const { event, data } of readServerSentEvents(
    `${millrace.http}/api/v1/live`,
    AbortSignal.timeout(withinMs),
  )) {
    if (event !== 'reading') continue;
    for (const reading of JSON.parse(data) as LiveReading[])
      seen.add(`${reading.entityType}/${reading.entityId}`);
    if (seen.size >= wanted) break;
  }
  return seen;
}

interface LedgerSource {
  accepted: number;
  difference: number;
  deadLettered: number;
  sinks: Record<string, { difference: number }>;
}

test('the demonstration: 50 entities change within a minute, it ends cleanly and goes on with its history', {
  timeout: 150_000,
}, async (t) => {
  const folder = await makeDataFolder();
  const first = await startMillrace({ configPath, dataDir: folder.path });
  t.diagnostic(`ready after ${Math.round(first.readyMs)} ms`);
  assert.ok(first.readyMs < 10_000);
  const began = performance.now();
  const changing = await countChanging(first, 50, 60_000);
  t.diagnostic(
    `${changing.size} entities changed within ${((performance.now() - began) / 1000).toFixed(1)} s`,
  );
  assert.ok(changing.size >= 50, `only ${changing.size} entities changed`);

  const { sources } = (await (await fetch(`${first.http}/api/v1/ledger`)).json()) as {
    sources: Record<string, LedgerSource>;
  };
  assert.ok(Object.keys(sources).length >= 2);
  for (const [name, account] of Object.entries(sources)) {
    assert.equal(account.difference, 0, `${name} is even`);
    assert.equal(account.deadLettered, 0, `nothing of the demonstration is dead: ${name}`);
    for (const sink of Object.values(account.sinks)) assert.equal(sink.difference, 0);
  }

  const stopping = performance.now();
  assert.equal(await first.stop(), 0);
  assert.ok(performance.now() - stopping < 10_000, 'it ends within 10 s');

  const second = await startMillrace({ configPath, dataDir: folder.path });
  try {
    const { items } = (await (await fetch(`${second.http}/api/v1/entities?limit=1000`)).json()) as {
      items: unknown[];
    };
    assert.ok(items.length >= 50, 'a second start goes on with what was there');
  } finally {
    assert.equal(await second.stop(), 0);
    await folder.remove();
  }
});

test('the printed command publishes a first reading, which shows on the live feed and as an entity', {
  timeout: 60_000,
}, async () => {
  const folder = await makeDataFolder();
  const millrace = await startMillrace({ configPath, dataDir: folder.path });
  try {
    const answer = await fetch(`${millrace.http}/api/v1/pipeline`);
    const { firstReading } = (await answer.json()) as { firstReading: string };
    assert.match(firstReading, /^npx millrace publish devices\/hello\/state /);
    const shown = showsLive(millrace, 'device/hello');
    await promisify(exec)(firstReading);
    assert.ok(await shown, 'it came on the live feed');
    await until(async () => (await fetch(`${millrace.http}/api/v1/entities/device/hello`)).ok);
  } finally {
    await millrace.stop();
    await folder.remove();
  }
});

async function showsLive(millrace: MillraceProcess, entity: string): Promise<boolean> {
  const signal = AbortSignal.timeout(20_000);
  for await (const { event, data } of readServerSentEvents(
    `${millrace.http}/api/v1/live`,
    signal,
  )) {
    if (event !== 'reading') continue;
    const readings = JSON.parse(data) as LiveReading[];
    if (readings.some(({ entityType, entityId }) => `${entityType}/${entityId}` === entity))
      return true;
  }
  return false;
}
