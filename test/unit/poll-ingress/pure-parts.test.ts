import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { identifiedFormat } from '../../../core/intake/identified-format.ts';
import { buildRequest } from '../../../services/poll-ingress/build-request.ts';
import { higherCursor } from '../../../services/poll-ingress/higher-cursor.ts';
import { newPollState } from '../../../services/poll-ingress/new-poll-state.ts';
import { nextStep } from '../../../services/poll-ingress/next-step.ts';
import { waitUntilMs } from '../../../services/poll-ingress/provider-limits.ts';
import { redactor } from '../../../services/poll-ingress/redactor.ts';
import {
  backoffMs,
  nextSlot,
  openForMs,
  withJitter,
} from '../../../services/poll-ingress/schedule.ts';
import { sourcePlan } from '../../../services/poll-ingress/source-plan.ts';
import { itemFormat } from '../../support/open-poll-room.ts';

const nowMs = Date.UTC(2026, 0, 1, 12);
const waitOf = (headers: Record<string, string>) => {
  const until = waitUntilMs(new Headers(headers), nowMs);
  return until === undefined ? undefined : until - nowMs;
};

test("the provider's limits are read as each of the usual headers gives them", () => {
  assert.equal(waitOf({}), undefined);
  assert.equal(waitOf({ 'retry-after': '120' }), 120_000);
  assert.equal(waitOf({ 'retry-after': new Date(nowMs + 60_000).toUTCString() }), 60_000);
  // The provider's clock is an hour behind: what counts is the time between two of its own.
  const late = { date: new Date(nowMs - 3_600_000).toUTCString() };
  const inTen = new Date(nowMs - 3_600_000 + 10_000).toUTCString();
  assert.equal(waitOf({ ...late, 'retry-after': inTen }), 10_000);
  assert.equal(waitOf({ 'retry-after': new Date(nowMs - 60_000).toUTCString() }), undefined);
  const none = { 'x-ratelimit-remaining': '0' };
  assert.equal(waitOf({ ...none, 'x-ratelimit-reset': '30' }), 30_000);
  assert.equal(waitOf({ ...none, 'x-ratelimit-reset': `${nowMs / 1000 + 45}` }), 45_000);
  assert.equal(waitOf({ ...none, 'x-ratelimit-reset': `${nowMs + 5000}` }), 5000);
  assert.equal(waitOf({ 'x-ratelimit-remaining': '3', 'x-ratelimit-reset': '30' }), undefined);
  assert.equal(waitOf({ 'ratelimit-remaining': '0', 'ratelimit-reset': '7' }), 7000);
  assert.equal(waitOf({ ratelimit: 'limit=100, remaining=0, reset=9' }), 9000);
  assert.equal(waitOf({ ratelimit: '"burst";r=0;t=3, "daily";r=100;t=9000' }), 3000);
  assert.equal(waitOf({ ratelimit: '"default";r=5;t=30' }), undefined);
});

test('no header keeps a source away for longer than a day, or makes the wait anything but a number', () => {
  assert.equal(waitOf({ 'retry-after': '999999999999' }), 86_400_000);
  fc.assert(
    fc.property(
      fc.constantFrom('retry-after', 'x-ratelimit-reset', 'ratelimit', 'date'),
      fc.string({ unit: 'grapheme-ascii' }),
      (name, text) => {
        const headers = { 'x-ratelimit-remaining': '0', [name]: text.replace(/[^ -~]/g, '') };
        const wait = waitOf(headers);
        assert.ok(wait === undefined || (wait > 0 && wait <= 86_400_000));
      },
    ),
  );
});

test('polls keep their regular times; what was missed is not made up for', () => {
  assert.equal(nextSlot(1000, 500, 1001), 1500);
  assert.equal(nextSlot(1000, 500, 1500), 2000);
  assert.equal(nextSlot(1000, 500, 10_250), 10_500);
  fc.assert(
    fc.property(fc.nat(1e9), fc.integer({ min: 1, max: 1e7 }), fc.nat(1e9), (slot, every, late) => {
      const next = nextSlot(slot, every, slot + late);
      assert.ok(next > slot + late && next <= slot + late + every);
      assert.equal((next - slot) % every, 0);
    }),
  );
  assert.equal(
    withJitter(1000, 100, () => 0.5),
    1050,
  );
});

test('backoff doubles to five minutes, an open circuit to fifteen, both drawn from the upper half', () => {
  const whole = () => 1;
  assert.deepEqual(
    [1, 2, 3, 4].map((n) => backoffMs(n, whole)),
    [1000, 2000, 4000, 8000],
  );
  assert.equal(
    backoffMs(4, () => 0),
    4000,
  );
  assert.equal(backoffMs(100, whole), 300_000);
  assert.deepEqual(
    [1, 2, 3].map((n) => openForMs(60_000, n, whole)),
    [60_000, 120_000, 240_000],
  );
  assert.equal(openForMs(60_000, 50, whole), 900_000);
  assert.equal(openForMs(3_600_000, 1, whole), 3_600_000, 'what is declared counts');
});

test('cursors are compared as numbers, as times, or as texts', () => {
  const highest = (...texts: string[]) => texts.reduce<string | null>(higherCursor, null);
  assert.equal(highest('9', '10', '2'), '10');
  assert.equal(highest('12345678901234567890', '12345678901234567891'), '12345678901234567891');
  assert.equal(highest('1.5', '10', '9.75'), '10');
  assert.equal(
    highest('2026-01-01T12:00:00+02:00', '2026-01-01T11:00:00Z'),
    '2026-01-01T11:00:00Z',
  );
  assert.equal(
    highest('2026-01-01T11:00:00.1234Z', '2026-01-01T11:00:00.1239Z'),
    '2026-01-01T11:00:00.1239Z',
  );
  assert.equal(highest('b', 'a', 'c'), 'c');
});

test('with an overlap a time is asked for so much earlier, and what is no time as it is', () => {
  const asked = (start: string) => {
    const cursor = { path: '$.items[*].at', param: 'since', overlap: '5m', start };
    const url = 'https://provider.example/items';
    const plan = sourcePlan('items', itemFormat, { url, every: '1m', cursor });
    const state = newPollState(plan, nowMs, () => 0);
    const step = nextStep(state, plan, nowMs);
    assert.ok(step);
    return buildRequest(plan, state, step).url.searchParams.get('since');
  };
  assert.equal(asked('2026-01-01T12:00:00Z'), '2026-01-01T11:55:00Z');
  assert.equal(asked('2026-01-01T12:00:00.250+02:00'), '2026-01-01T09:55:00.250Z');
  for (const none of ['500', '12345', 'item-7', '2026-01']) assert.equal(asked(none), none);
});

test('a secret is taken out of a sentence as it is and as an address has it; short texts stay', () => {
  const redact = redactor(['s3cret+/', 'ab', 's3cret+/long']);
  assert.equal(redact('key=s3cret+/ or s3cret%2B%2F'), 'key=[redacted] or [redacted]');
  assert.equal(redact('s3cret+/long'), '[redacted]');
  assert.equal(redact('ab'), 'ab');
});

test('an item with a time gets an id of its content: unchanged in another page it is the same, changed it is another', () => {
  const format = identifiedFormat(itemFormat);
  const idOf = (item: object) => {
    const [outcome] = format.decode({ topic: '', payload: Buffer.from(JSON.stringify(item)) });
    return outcome?.kind === 'ok' ? outcome.observation.id : outcome;
  };
  const item = { id: 'a', at: '2026-01-01T00:00:00Z', value: 1 };
  assert.equal(typeof idOf(item), 'string');
  assert.equal(idOf(item), idOf({ ...item, unmapped: 'another' }));
  assert.notEqual(idOf(item), idOf({ ...item, value: 2 }));
  assert.notEqual(idOf(item), idOf({ ...item, at: '2026-01-01T00:00:01Z' }));
  assert.equal(
    idOf({ id: 'a', value: 1 }),
    undefined,
    'without a time the page tells it from others',
  );
});
