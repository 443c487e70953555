import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deliveriesTopic, ledgerTopic } from '../../../core/topics.ts';
import { json } from '../../../formats/json.ts';
import { maxLogWaitMs } from '../../../services/webhook-ingress/log-slow.ts';
import { until } from '../../support/until.ts';
import { meterFormat, openWebhookRig, type WebhookRig } from '../../support/webhook-rig.ts';

const at = 1_700_000_000_000_000;
const timed = (n: number) => JSON.stringify({ m: 'a', n, at: at + n });
const untimed = (n: number) => JSON.stringify({ m: 'a', n });

async function withRig(work: (rig: WebhookRig) => Promise<void>): Promise<void> {
  const rig = await openWebhookRig();
  try {
    await work(rig);
  } finally {
    await rig.close();
  }
}

const answerOf = ({ status, body }: { status: number; body: unknown }) => [status, body];

test('a delivery that has been accepted is a duplicate when it comes again, also after a restart', () =>
  withRig(async (rig) => {
    for (const [source, body] of [
      ['timed', timed(1)],
      ['untimed', untimed(1)],
    ] as const) {
      assert.deepEqual(answerOf(await rig.post(source, body, { id: 'd1' })), [
        202,
        { accepted: 1 },
      ]);
      assert.deepEqual(answerOf(await rig.post(source, body, { id: 'd1' })), [
        200,
        { duplicate: true },
      ]);
    }
    await rig.restart();
    assert.equal((await rig.post('timed', timed(1), { id: 'd1' })).status, 200);
    assert.equal((await rig.post('untimed', untimed(1), { id: 'd1' })).status, 200);
    assert.equal((await rig.readings()).length, 2);
  }));

test('one id in two sources is two deliveries, and another id another', () =>
  withRig(async (rig) => {
    assert.equal((await rig.post('timed', timed(1), { id: 'd1' })).status, 202);
    assert.equal((await rig.post('untimed', untimed(1), { id: 'd1' })).status, 202);
    assert.equal((await rig.post('timed', timed(1), { id: 'd2' })).status, 202);
    assert.equal((await rig.post('timed', timed(1), { id: 'x'.repeat(5000) })).status, 202);
    assert.equal((await rig.post('timed', timed(1), { id: 'x'.repeat(5000) })).status, 200);
  }));

test('a delivery that is in hand is waited for: of twenty at once one is accepted', () =>
  withRig(async (rig) => {
    const go = rig.log.stall();
    const all = Array.from({ length: 20 }, () => rig.post('timed', timed(1), { id: 'd1' }));
    await until(() => rig.log.offered > 0);
    go();
    const statuses = (await Promise.all(all)).map(({ status }) => status).sort();
    assert.deepEqual(statuses, [...Array(19).fill(200), 202]);
    assert.equal((await rig.readings()).length, 1);
  }));

test('when the log refuses the answer is 503 with Retry-After, nothing is a duplicate, and it goes on by itself', () =>
  withRig(async (rig) => {
    const end = rig.log.refuse();
    for (const [source, body] of [
      ['plain', timed(1)],
      ['timed', timed(1)],
      ['untimed', untimed(1)],
    ] as const) {
      const answer = await rig.post(source, body, { id: 'd1' });
      assert.equal(answer.status, 503);
      assert.ok(Number(answer.headers.get('retry-after')) > 0);
    }
    assert.equal(rig.ingress.health().ready, false);
    assert.equal((await fetch(`${rig.ingress.url}/readyz`)).status, 503);
    end();
    assert.equal((await rig.post('timed', timed(1), { id: 'd1' })).status, 202);
    assert.equal((await rig.post('untimed', untimed(1), { id: 'd1' })).status, 202);
    assert.equal(rig.ingress.health().ready, true);
    assert.equal((await rig.readings()).length, 2);
  }));

test(
  'a log that does not answer is told to the sender before it gives up, and to the next ones at once',
  { timeout: 60_000 },
  () =>
    withRig(async (rig) => {
      const go = rig.log.stall();
      assert.ok(maxLogWaitMs < 9_000, 'many senders give up after 10 s');
      assert.equal((await rig.post('timed', timed(1), { id: 'd1' })).status, 503);
      const next = performance.now();
      assert.equal((await rig.post('plain', timed(2))).status, 503);
      assert.ok(performance.now() - next < maxLogWaitMs, 'it did not wait for the log itself');
      go();
      await until(() => rig.ingress.health().ready);
      // The first time was durable in the end; whether the answer is 202 or 200, it is there once by its id.
      assert.equal((await rig.post('timed', timed(1), { id: 'd1' })).status, 202);
      const ids = (await rig.readings()).map(({ eventId }) => eventId);
      assert.equal(new Set(ids).size, 1);
    }),
);

test('a delivery without a time that was begun before gets the time and the ids of the first time', () =>
  withRig(async (rig) => {
    const receivedAt = at - 86_400_000_000;
    // What another replica had written when it died, and what a third wrote later.
    for (const when of [receivedAt, receivedAt + 5])
      await rig.log.append([
        {
          topic: deliveriesTopic,
          key: 'untimed/d1',
          value: Buffer.from(JSON.stringify({ receivedAt: when })),
          timestampMs: Date.now(),
        },
      ]);
    const answer = await until(async () => {
      const one = await rig.post('untimed', untimed(1), { id: 'd1' });
      return one.status === 202 && one;
    });
    assert.deepEqual(answer.body, { accepted: 1 });
    const [reading] = await rig.readings();
    assert.equal(reading?.observedAt, receivedAt);
    assert.equal(reading?.receivedAt, receivedAt);
  }));

test('a log that refuses in the middle of a delivery is one 503, and the process goes on', async () => {
  const format = json({
    entity: { type: 'meter', id: '{$.m}' },
    time: { path: '$.at', unit: 'us', optional: true },
    fields: { n: { path: '$.n' } },
  });
  const rig = await openWebhookRig({
    sources: {
      mixed: {
        format,
        webhook: { verify: { scheme: 'none' }, deliveryId: { header: 'X-Delivery-Id' } },
      },
    },
  });
  try {
    const body = `${timed(1)}\n${untimed(2)}\n${timed(3)}`;
    const end = rig.log.refuse();
    const type = 'application/x-ndjson';
    assert.equal((await rig.post('mixed', body, { id: 'd1', type })).status, 503);
    end();
    assert.deepEqual((await rig.post('mixed', body, { id: 'd1', type })).body, { accepted: 3 });
    assert.equal((await rig.readings()).length, 3);
  } finally {
    await rig.close();
  }
});

test('lines of a delivery are told apart by their place, and keep their ids when it is sent again', () =>
  withRig(async (rig) => {
    const type = 'application/x-ndjson';
    const body = `${untimed(1)}\n${untimed(1)}`;
    const end = rig.log.refuse();
    assert.equal((await rig.post('untimed', body, { id: 'd1', type })).status, 503);
    end();
    assert.deepEqual((await rig.post('untimed', body, { id: 'd1', type })).body, { accepted: 2 });
    const ids = (await rig.readings()).map(({ eventId }) => eventId);
    assert.equal(new Set(ids).size, 2);
    assert.ok(
      ids.every((id) => !id.startsWith('~')),
      'no random id',
    );
  }));

test('what a format drops is accepted, and is in the ledger before the answer', async () => {
  const format = {
    ...meterFormat,
    decode: () => [{ kind: 'drop', reason: 'not-a-reading' } as const],
  };
  const rig = await openWebhookRig({
    sources: { dropping: { format, webhook: { verify: { scheme: 'none' } } } },
  });
  try {
    assert.deepEqual(answerOf(await rig.post('dropping', timed(1))), [202, { accepted: 1 }]);
    const table = await rig.log.table(ledgerTopic);
    const counts = [...table.entries()].map(([, { value }]) => JSON.parse(String(value)));
    assert.deepEqual(counts, [{ unmatched: 0, filtered: { dropping: 1 } }]);
    table.close();
  } finally {
    await rig.close();
  }
});

test('what is in hand at a stop is answered, and what comes then is refused for the moment', () =>
  withRig(async (rig) => {
    const go = rig.log.stall();
    const inHand = rig.post('plain', timed(1));
    await until(() => rig.log.offered > 0);
    const stopped = rig.ingress.stop();
    assert.equal(rig.ingress.health().ready, false);
    const startedMs = performance.now();
    go();
    assert.equal((await inHand).status, 202);
    await stopped;
    assert.ok(
      performance.now() - startedMs < 4900,
      'no connection is waited for, nor cut off (5 s)',
    );
    assert.equal((await rig.readings()).length, 1);
  }));
