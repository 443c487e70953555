import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { deadLetterCodec, readingCodec } from '../../../core/codec.ts';
import { loadPipeline } from '../../../core/config/load-pipeline.ts';
import { eventIdOf, hashOrigin } from '../../../core/identity.ts';
import { openLedgerView } from '../../../core/ledger/ledger-view.ts';
import type { Reading } from '../../../core/reading.ts';
import { deadLettersTopic, enrichedTopic } from '../../../core/topics.ts';
import { hslHfp } from '../../../formats/hsl-hfp.ts';
import { openEnricherRoom } from '../../support/start-enricher-room.ts';
import { until } from '../../support/until.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const config = `${root}examples/transit/millrace.config.ts`;
const recordings = `${root}../shared/data/transit/hsl-hfp`;
const format = hslHfp();

/** The readings of a recording as the ingress makes them, and how many lines it has. */
function readingsOf(dump: string): { readings: Reading[]; lines: number; bad: number } {
  const lines = dump.split('\n').filter((line) => line !== '');
  const readings: Reading[] = [];
  let bad = 0;
  for (const line of lines) {
    const [, at = '', topic = '', json = ''] = /^(\S+) (.*?) (\{.*)$/.exec(line) ?? [];
    const payload = Buffer.from(json);
    format.decode({ topic, payload }).forEach((outcome, index) => {
      if (outcome.kind !== 'ok') {
        bad++;
        return;
      }
      const { id, observedAt, ...observation } = outcome.observation;
      const receivedAt = Date.parse(at) * 1000;
      const eventId = eventIdOf({
        source: 'hfp',
        id,
        isKnownByContent: observedAt !== undefined,
        originHash: () => hashOrigin({ source: 'hfp', topic, payload }),
        index,
        mayRepeat: false,
        random: () => `${readings.length}`,
      });
      const identity = { eventId, source: 'hfp', observedAt: observedAt ?? receivedAt, receivedAt };
      readings.push({ ...observation, ...identity, seq: 0, zones: [], traceparent: null });
    });
  }
  return { readings, lines: lines.length, bad };
}

/** Enriches recordings with the configuration of the transit example; ends when all have been counted. */
async function enrichRecordings(dumps: readonly string[]) {
  const pipeline = await loadPipeline(config);
  const room = await openEnricherRoom(pipeline);
  const view = await openLedgerView({
    log: room.log,
    sinks: [],
    ingressDeadLetters: async () => ({}),
  });
  try {
    const parts = dumps.map(readingsOf);
    const readings = parts.flatMap((part) => part.readings);
    for (let start = 0; start < readings.length; start += 100) {
      await room.appendReadings(readings.slice(start, start + 100));
    }
    const enricher = await room.startEnricher();
    const account = await until(async () => {
      const { hfp } = (await view.read()).sources;
      return hfp?.inFlight === 0 && hfp.accepted === readings.length ? hfp : undefined;
    });
    const unjoined = /unjoined_total\{register="vehicles"\} (\d+)/.exec(
      await room.metrics.metrics(),
    );
    await enricher.stop();
    const enriched = (await room.recordsOf(enrichedTopic)).map(({ value }) =>
      readingCodec.decode(value as Buffer),
    );
    const reasons = (await room.recordsOf(deadLettersTopic)).map(
      ({ value }) => deadLetterCodec.decode(value as Buffer).detail,
    );
    const lines = parts.reduce((sum, part) => sum + part.lines, 0);
    const bad = parts.reduce((sum, part) => sum + part.bad, 0);
    return {
      account,
      enriched,
      readings,
      lines,
      bad,
      unjoined: Number(unjoined?.[1] ?? 0),
      reasons,
    };
  } finally {
    view.close();
    await room.close();
  }
}

test('a real bus of the transit example is joined with its register, in the units of its model', async () => {
  const packed = await readFile(`${root}examples/transit/input/currentStopNull.dump.gz`);
  const { account, enriched, readings, unjoined } = await enrichRecordings([
    gunzipSync(packed).toString('utf8'),
  ]);
  assert.equal(account.difference, 0);
  assert.equal(account.accepted, readings.length);
  assert.equal(unjoined, 0);
  const [first] = enriched;
  assert.equal(first?.entityId, '0018/01029');
  assert.equal(first?.texts.vehicleType, 'C');
  assert.equal(first?.observedAt, Date.parse('2024-02-13T16:32:59.931Z') * 1000);
  assert.deepEqual({ ...first?.position }, { lat: 60.269247, lon: 24.853777, altitude: null });
  const atOneTime = Map.groupBy(
    enriched,
    ({ entityId, observedAt }) => `${entityId} ${observedAt}`,
  );
  const shared = [...atOneTime.values()].filter((group) => group.length > 1);
  assert.ok(shared.length > 10, 'events of one vehicle do share their time');
  for (const group of shared) {
    assert.deepEqual(
      group.map(({ seq }) => seq),
      group.map((_, index) => index),
    );
  }
});

test('every line of the five recordings is passed on once, recognised, or set aside with a reason', {
  skip: existsSync(recordings) ? false : 'the recordings are not in ../shared/data',
}, async (t) => {
  const names = [
    'currentStopNull',
    'serviceJourneyChangeSameStop',
    'serviceJourneyChangeSameStopWithoutDeadRun',
    'stopChange',
    'wrongServiceJourneySelectedWithoutDeadRun',
  ];
  const dumps = await Promise.all(
    names.map((name) => readFile(`${recordings}/${name}/hfp.dump`, 'utf8')),
  );
  const { account, enriched, readings, lines, bad, reasons } = await enrichRecordings(dumps);
  t.diagnostic(
    `${lines} lines: ${bad} not decoded, ${account.deduplicated} repeats, ${account.deadLettered} dead letters (${reasons.join(' ')}), ${account.passedOn} passed on`,
  );
  assert.equal(lines, 1680);
  assert.equal(lines, bad + account.deduplicated + account.deadLettered + account.passedOn);
  assert.equal(account.passedOn, new Set(enriched.map(({ eventId }) => eventId)).size);
  assert.equal(
    account.passedOn + account.deadLettered,
    new Set(readings.map(({ eventId }) => eventId)).size,
  );
  assert.ok(account.deduplicated >= 298, 'one recording occurs in another');
});
