import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { checkPipeline } from '../../../core/config/check-pipeline.ts';
import { definePipeline } from '../../../core/config/pipeline.ts';
import { hslHfp, hslHfpVehicle } from '../../../formats/hsl-hfp.ts';
import { hfpRecordings, readHfpRecording } from '../../support/read-hfp-recording.ts';

const topic =
  '/hfp/v2/journey/ongoing/vp/bus/0018/01029/5520/1/Matinkylä (M)/17:35/4150208/5/60;24/28/65/93';
const event = {
  tst: '2024-02-13T16:32:59.931Z',
  spd: 5.5,
  hdg: null,
  lat: 60.2,
  long: 24.8,
  dl: -232,
  drst: 1,
  stop: 4150208,
};

function decode(change: object = {}, on = topic, options = {}) {
  const payload = Buffer.from(JSON.stringify({ VP: { ...event, ...change } }));
  const [outcome, ...more] = hslHfp(options).decode({ topic: on, payload });
  assert.equal(more.length, 0);
  assert.ok(outcome !== undefined);
  return outcome;
}

const reasonOf = (outcome: ReturnType<typeof decode>) =>
  outcome.kind === 'deadLetter' ? outcome.reason : outcome.kind;

test('a position is a reading of the vehicle that the topic names, with nulls left out', () => {
  assert.deepEqual(decode(), {
    kind: 'ok',
    observation: {
      entityType: 'vehicle',
      entityId: '0018/01029',
      observedAt: 1_707_841_979_931_000,
      numbers: { speed: 5.5, delay: 232 },
      flags: { doorsOpen: true },
      texts: { event: 'VP', stop: '4150208', headsign: 'Matinkylä (M)' },
      tags: { mode: 'bus', journeyType: 'journey', operator: '0018' },
      position: { lat: 60.2, lon: 24.8, altitude: null },
      unset: [],
    },
  });
});

test('an event without a place, and a topic without a journey, are readings too', () => {
  const outcome = decode(
    { lat: null, long: null, dl: null },
    '/hfp/v2/deadrun/ongoing/vp/tram/0018/00679',
  );
  assert.ok(outcome.kind === 'ok');
  assert.equal(outcome.observation.position, null);
  assert.deepEqual(outcome.observation.tags, {
    mode: 'tram',
    journeyType: 'deadrun',
    operator: '0018',
  });
});

test('what is wrong has its reason: the topic, the vehicle, the time, a value', () => {
  assert.equal(reasonOf(decode({}, '/hfp/v2/journey/ongoing/vp/bus/0018')), 'topic-mismatch');
  assert.equal(reasonOf(decode({}, '/hfp/v1/journey/ongoing/vp/bus/0018/1')), 'topic-mismatch');
  assert.equal(reasonOf(decode({}, '/hfp/v2/journey/ongoing/vp/bus//1')), 'entity-invalid');
  assert.equal(reasonOf(decode({ tst: null })), 'time-missing');
  assert.equal(reasonOf(decode({ tst: '13.2.2024' })), 'time-invalid');
  assert.equal(reasonOf(decode({ spd: 'fast' })), 'type-mismatch');
  assert.equal(reasonOf(decode({ lat: '60.2' })), 'type-mismatch');
  assert.equal(reasonOf(decode({ drst: 2 })), 'type-mismatch');
  assert.equal(reasonOf(decode({ route: {} })), 'type-mismatch');
  for (const payload of ['[]', '{}', '1', 'null', '{"VP":1}', '{"VP":{},"DUE":{}}'])
    assert.deepEqual(
      hslHfp()
        .decode({ topic, payload: Buffer.from(payload) })
        .map(reasonOf),
      ['type-mismatch'],
      payload,
    );
});

test('only the fields that are wanted are taken, and the model that comes along has them all', () => {
  const outcome = decode({}, topic, { fields: ['speed', 'mode'], entityType: 'bus' });
  assert.ok(outcome.kind === 'ok');
  const { numbers, flags, texts, tags, entityType } = outcome.observation;
  assert.deepEqual(
    [numbers, flags, texts, tags, entityType],
    [{ speed: 5.5 }, {}, {}, { mode: 'bus' }, 'bus'],
  );
  const pipeline = definePipeline({
    name: 'transit',
    models: { vehicle: hslHfpVehicle },
    sources: { hsl: { format: hslHfp() } },
  });
  const checked = checkPipeline(pipeline, '.');
  assert.ok('pipeline' in checked, JSON.stringify(checked));
  assert.deepEqual(checked.warnings, []);
});

test('every line of the five recordings is accounted for', {
  skip: existsSync(hfpRecordings) ? false : 'the recordings are not here',
}, (t) => {
  const format = hslHfp();
  const sums: Record<string, Record<string, number>> = {};
  for (const { name, packets } of readHfpRecording()) {
    const sum: Record<string, number> = { lines: packets.length };
    for (const packet of packets)
      for (const outcome of format.decode(packet)) {
        const key = 'reason' in outcome ? `${outcome.kind}: ${outcome.reason}` : 'decoded';
        sum[key] = (sum[key] ?? 0) + 1;
        if (outcome.kind === 'ok' && outcome.observation.position === null)
          sum['of these without a place'] = (sum['of these without a place'] ?? 0) + 1;
      }
    sums[name] = sum;
    t.diagnostic(
      `${name}: ${Object.entries(sum)
        .map(([key, count]) => `${key} ${count}`)
        .join(', ')}`,
    );
  }
  assert.deepEqual(sums, {
    currentStopNull: { lines: 1034, decoded: 1034, 'of these without a place': 940 },
    serviceJourneyChangeSameStop: { lines: 35, decoded: 35 },
    serviceJourneyChangeSameStopWithoutDeadRun: { lines: 298, decoded: 298 },
    stopChange: { lines: 14, decoded: 14 },
    wrongServiceJourneySelectedWithoutDeadRun: { lines: 299, decoded: 299 },
  });
});
