import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AnyStep } from '../../../core/config/pipeline.ts';
import type { RegisterEntry } from '../../../core/model.ts';
import type { Reading } from '../../../core/reading.ts';
import { makePlan } from '../../../services/enricher/plan.ts';
import type { Past, StepOutcome } from '../../../services/enricher/step.ts';
import { dropRepeats } from '../../../services/enricher/steps/drop-repeats.ts';
import { numberInTime } from '../../../services/enricher/steps/number-in-time.ts';
import { refuseFuture } from '../../../services/enricher/steps/refuse-future.ts';
import { makeReading } from '../../support/make-reading.ts';
import { busPipeline, onlyFast } from './bus-pipeline.ts';

const nothing: Past = { ids: [], contents: [] };
const vehicle: RegisterEntry = {
  register: 'vehicles',
  key: '18/1029',
  numbers: { seats: 40 },
  flags: { electric: true },
  texts: { type: 'MB', maxSpeed: '25.5', wheels: 'many' },
  position: { lat: 60, lon: 24, altitude: null },
  geometry: null,
};
const lookUp = (register: string, key: string) =>
  register === 'vehicles' && key === vehicle.key ? vehicle : undefined;

/** The end of a reading's way through all the steps of the bus pipeline. */
function enrich(reading: Reading, steps: readonly AnyStep[] = []): StepOutcome {
  const plan = makePlan(busPipeline({ steps }), lookUp);
  let outcome: StepOutcome = { kind: 'ok', reading };
  for (const step of plan(reading.source, reading.entityType)) {
    if (outcome.kind !== 'ok') break;
    const next: StepOutcome = step(outcome.reading, nothing);
    outcome = next.kind === 'ok' ? { ...outcome, ...next } : next;
  }
  return outcome;
}

function enriched(reading: Reading, steps: readonly AnyStep[] = []): Reading {
  const outcome = enrich(reading, steps);
  assert.equal(outcome.kind, 'ok', JSON.stringify(outcome));
  return (outcome as Extract<StepOutcome, { kind: 'ok' }>).reading;
}

function refusal(reading: Reading, steps: readonly AnyStep[] = []) {
  const outcome = enrich(reading, steps);
  assert.equal(outcome.kind, 'deadLetter', JSON.stringify(outcome));
  return outcome as Extract<StepOutcome, { kind: 'deadLetter' }>;
}

describe('a reading that fits', () => {
  test('passes as the very same object when no step has anything to change', () => {
    const reading = makeReading({ flags: { doorsOpen: true }, texts: { fare: '-3.20' } });
    assert.equal(enriched(reading), reading);
  });

  test('has its numbers converted to the units of its model, and its own object left alone', () => {
    const reading = makeReading({ numbers: { speed: 36, odometer: 12 } });
    assert.deepEqual(enriched(reading).numbers, { speed: 10, odometer: 12 });
    assert.deepEqual(reading.numbers, { speed: 36, odometer: 12 });
  });

  test('of a source that the configuration does not name keeps its numbers', () => {
    const reading = makeReading({ source: 'other', numbers: { speed: 36 } });
    assert.deepEqual(enriched(reading).numbers, { speed: 36 });
  });

  test('may clear fields of its model, and the position', () => {
    const reading = makeReading({ unset: ['speed', 'position'] });
    assert.equal(enriched(reading), reading);
  });
});

describe('a reading that breaks its model is a dead letter', () => {
  const cases: readonly [what: string, over: Partial<Reading>, reason: string, place: string][] = [
    ['a type without a model', { entityType: 'tram' }, 'model-unknown', 'entityType'],
    ['a field that is not declared', { numbers: { height: 3 } }, 'field-unknown', 'height'],
    [
      'a field named like an inherited one',
      { texts: { toString: 'x' } },
      'field-unknown',
      'toString',
    ],
    ['a cleared field that is not declared', { unset: ['height'] }, 'field-unknown', 'height'],
    ['a number where a flag belongs', { numbers: { doorsOpen: 1 } }, 'field-kind', 'doorsOpen'],
    ['a tag where a text belongs', { tags: { route: '5' } }, 'field-kind', 'route'],
    ['a text where a tag belongs', { texts: { operator: '18' } }, 'field-kind', 'operator'],
    ['a decimal that is none', { texts: { fare: '3,20' } }, 'field-kind', 'fare'],
    ['a number below its range', { numbers: { speed: -0.1 } }, 'out-of-range', 'speed'],
    [
      'a number above its range, once converted',
      { numbers: { speed: 217 } },
      'out-of-range',
      'speed',
    ],
    ['a number that is not one', { numbers: { speed: Number.NaN } }, 'number-not-finite', 'speed'],
    ['an infinite number', { numbers: { odometer: Infinity } }, 'number-not-finite', 'odometer'],
    [
      'a latitude beyond the pole',
      { position: { lat: 90.1, lon: 0, altitude: null } },
      'position-invalid',
      'lat',
    ],
    [
      'a latitude that is no number',
      { position: { lat: NaN, lon: 0, altitude: null } },
      'position-invalid',
      'lat',
    ],
    [
      'a longitude around the globe',
      { position: { lat: 0, lon: -180.5, altitude: null } },
      'position-invalid',
      'lon',
    ],
    [
      'an infinite altitude',
      { position: { lat: 0, lon: 0, altitude: Infinity } },
      'position-invalid',
      'altitude',
    ],
  ];
  for (const [what, over, reason, place] of cases) {
    test(`${what}: ${reason}`, () => {
      const outcome = refusal(makeReading(over));
      assert.equal(outcome.reason, reason);
      assert.equal(outcome.place, place);
      assert.match(outcome.detail, /^[A-Z].*\.$/s, 'the detail is a sentence');
    });
  }
  test('a number within its range only after conversion passes', () => {
    assert.equal(enriched(makeReading({ numbers: { speed: 216 } })).numbers.speed, 60);
  });
});

describe('time', () => {
  const step = refuseFuture(300_000);
  const at = 1_700_000_000_000_000;
  test('a reading as far ahead as allowed passes, one microsecond more is from the future', () => {
    const onTime = makeReading({ observedAt: at + 300_000_000, receivedAt: at });
    assert.equal(step(onTime, nothing).kind, 'ok');
    const late = makeReading({ observedAt: at + 300_000_001, receivedAt: at });
    const outcome = step(late, nothing);
    assert.equal(outcome.kind === 'deadLetter' && outcome.reason, 'from-the-future');
  });
  test('seq is the number of readings that were passed on at that time before', () => {
    const numbered = numberInTime(makeReading(), { ids: ['a', 'b'], contents: [] });
    assert.equal(numbered.kind === 'ok' && numbered.reading.seq, 2);
  });
  test('a seq that came with the record is overwritten', () => {
    const numbered = numberInTime(makeReading({ seq: 7 }), nothing);
    assert.equal(numbered.kind === 'ok' && numbered.reading.seq, 0);
  });
  test('the thousandth at one time has seq 999, a thousand and first is a dead letter, whatever seq came with it', () => {
    const ids = Array.from({ length: 1000 }, (_, index) => `id-${index}`);
    const last = numberInTime(makeReading(), { ids: ids.slice(1), contents: [] });
    assert.equal(last.kind === 'ok' && last.reading.seq, 999);
    for (const seq of [0, 1000]) {
      const outcome = numberInTime(makeReading({ seq }), { ids, contents: [] });
      assert.equal(outcome.kind === 'deadLetter' && outcome.reason, 'too-many-at-one-time');
    }
  });
});

describe('repeats', () => {
  const content = 'abcdefghijklmnopqrstuv';
  const cases: readonly [what: string, eventId: string, past: Past, kind: 'ok' | 'drop'][] = [
    ['a new id passes', 'a', { ids: ['b'], contents: [] }, 'ok'],
    ['an id passed on at that time is dropped', 'b', { ids: ['a', 'b'], contents: [] }, 'drop'],
    [
      'a payload without time and id passes though its content came before',
      `~${content}.r2`,
      { ids: [], contents: [content] },
      'ok',
    ],
    [
      'marked as a repeat it is dropped',
      `~dup.${content}.r2`,
      { ids: [], contents: ['x', content] },
      'drop',
    ],
    [
      'marked as a repeat of what never came it passes',
      `~dup.${content}.r2`,
      { ids: [], contents: ['x'] },
      'ok',
    ],
    [
      'the very same record is dropped again',
      `~${content}.r1`,
      { ids: [`~${content}.r1`], contents: [content] },
      'drop',
    ],
    [
      'the content of another part of the packet is another',
      `~dup.${content}.1.r2`,
      { ids: [], contents: [content] },
      'ok',
    ],
  ];
  for (const [what, eventId, past, kind] of cases) {
    test(what, () => assert.equal(dropRepeats(makeReading({ eventId }), past).kind, kind));
  }
});

describe('a filter', () => {
  test('drops under its name what it does not keep', () => {
    assert.deepEqual(enrich(makeReading({ numbers: { speed: 10 } }), [onlyFast]), {
      kind: 'drop',
      reason: 'filtered-by-rule',
      rule: 'only fast ones',
    });
  });
  test('sees converted numbers', () => {
    assert.equal(enriched(makeReading({ numbers: { speed: 36 } }), [onlyFast]).numbers.speed, 10);
  });
  test('that throws makes a dead letter with its name, the error and the place in the configuration', () => {
    const outcome = refusal(makeReading(), [
      {
        step: 'filter',
        name: 'broken',
        entityType: 'bus',
        keep: () => {
          const error = new TypeError('nothing there');
          error.stack =
            'TypeError: nothing there\n    at keep (file:///srv/city/millrace.config.ts:12:5)\n    at step (file:///opt/x.ts:1:1)';
          throw error;
        },
      },
    ]);
    assert.equal(outcome.reason, 'rule-threw');
    assert.equal(
      outcome.detail,
      'The rule "broken" threw: TypeError: nothing there at keep (millrace.config.ts:12:5)',
    );
    assert.equal(outcome.place, 'broken');
  });
  test('that throws what is no error, or answers neither true nor false, makes a dead letter too', () => {
    const thrown = {
      step: 'filter',
      name: 'odd',
      entityType: 'bus',
      keep: () => {
        throw null;
      },
    } as const;
    assert.match(refusal(makeReading(), [thrown]).detail, /"odd" threw: Thrown: null/);
    const promised = { ...thrown, keep: (async () => true) as never };
    assert.match(refusal(makeReading(), [promised]).detail, /it is a promise/);
    const bare = {
      ...thrown,
      keep: () => {
        throw Object.create(null);
      },
    };
    assert.match(refusal(makeReading(), [bare]).detail, /"odd" threw: Thrown: /);
  });
  test('that is async and rejects ends nothing', async () => {
    const rejects = async () => Promise.reject(new Error('too late'));
    const filter = { step: 'filter', name: 'late', entityType: 'bus', keep: rejects };
    const compute = { step: 'compute', name: 'late', entityType: 'bus', set: { speed: rejects } };
    const join = { step: 'join', entityType: 'bus', register: 'vehicles', key: rejects };
    refusal(makeReading(), [filter as never]);
    refusal(makeReading(), [compute as never]);
    enriched(makeReading(), [join as never]);
    // A rejection that nobody hears is told after this turn; the test runner counts it as a failure.
    await new Promise((resolve) => setImmediate(resolve));
  });
});

describe('a computation', () => {
  const compute = (set: Record<string, (reading: Reading) => unknown>) =>
    ({ step: 'compute', name: 'c', entityType: 'bus', set }) as unknown as AnyStep;
  test('sets fields in the place of their kind, all from the reading as it came to the step', () => {
    const reading = enriched(makeReading({ numbers: { speed: 72 }, unset: ['isFast', 'route'] }), [
      compute({
        isFast: ({ numbers }) => (numbers.speed ?? 0) > 10,
        operator: ({ entityId }) => entityId.split('/')[0],
        fare: () => '2.50',
        odometer: ({ flags }) => (flags.isFast === undefined ? 1 : 2),
        route: () => undefined,
      }),
    ]);
    assert.deepEqual(reading.flags, { isFast: true });
    assert.deepEqual(reading.tags, { operator: '18' });
    assert.deepEqual(reading.texts, { fare: '2.50' });
    assert.deepEqual(reading.numbers, { speed: 20, odometer: 1 });
    assert.deepEqual(reading.unset, ['route'], 'a field that is set is not cleared');
  });
  const cases: readonly [what: string, set: Record<string, () => unknown>, reason: string][] = [
    ['another kind', { speed: () => 'fast' }, 'field-kind'],
    ['no value of ours', { speed: () => Promise.resolve(1) }, 'field-kind'],
    ['null', { speed: () => null }, 'field-kind'],
    ['not a number', { speed: () => Number.NaN }, 'number-not-finite'],
    ['out of range', { speed: () => 61 }, 'out-of-range'],
    ['no decimal', { fare: () => 'much' }, 'field-kind'],
    ['a field that is not declared', { height: () => 1 }, 'field-unknown'],
  ];
  for (const [what, set, reason] of cases) {
    test(`that gives ${what} makes a dead letter: ${reason}`, () => {
      assert.equal(refusal(makeReading(), [compute(set)]).reason, reason);
    });
  }
});

describe('a join', () => {
  const join = (over: object) =>
    ({ step: 'join', entityType: 'bus', register: 'vehicles', ...over }) as AnyStep;
  test("takes the entry's fields and, where the reading has none, its position", () => {
    const reading = enriched(makeReading(), [
      join({ set: { vehicleType: 'type', isFast: 'electric' }, position: true }),
    ]);
    assert.deepEqual(reading.tags, { vehicleType: 'MB' });
    assert.deepEqual(reading.flags, { isFast: true });
    assert.deepEqual(reading.position, vehicle.position);
  });
  test("keeps the reading's own position", () => {
    const position = { lat: 1, lon: 2, altitude: null };
    assert.equal(
      enriched(makeReading({ position }), [join({ position: true })]).position,
      position,
    );
  });
  test('says what can be said in the kind of the field, since a CSV register holds texts only', () => {
    const reading = enriched(makeReading(), [
      join({ set: { speed: 'maxSpeed', route: 'seats', fare: 'seats' } }),
    ]);
    assert.deepEqual(reading.numbers, { speed: 25.5 });
    assert.deepEqual(reading.texts, { route: '40', fare: '40' });
    assert.equal(refusal(makeReading(), [join({ set: { speed: 'wheels' } })]).reason, 'field-kind');
  });
  test('passes a reading without an entry unjoined, and says so', () => {
    const reading = makeReading({ entityId: 'none' });
    assert.deepEqual(enrich(reading, [join({ set: { vehicleType: 'type' } })]), {
      kind: 'ok',
      reading,
      unjoined: 'vehicles',
    });
  });
  test('looks up the key that its function gives, and is a dead letter when that throws', () => {
    const keyed = join({ key: () => '18/1029', set: { vehicleType: 'type' } });
    assert.equal(enriched(makeReading({ entityId: 'x' }), [keyed]).tags.vehicleType, 'MB');
    const broken = join({
      key: () => {
        throw new Error('no key');
      },
    });
    assert.match(refusal(makeReading(), [broken]).detail, /"join vehicles" threw: Error: no key/);
  });
});
