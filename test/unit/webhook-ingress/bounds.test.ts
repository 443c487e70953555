import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { Inflater } from '../../../services/webhook-ingress/body/inflate.ts';
import { ByteBudget, ByteShare } from '../../../services/webhook-ingress/byte-budget.ts';
import { refuseUnprotected } from '../../../services/webhook-ingress/refuse-unprotected.ts';
import { TokenBucket } from '../../../services/webhook-ingress/token-bucket.ts';
import { webhookSources } from '../../../services/webhook-ingress/webhook-source.ts';
import { testSettings } from '../../support/test-settings.ts';
import { until } from '../../support/until.ts';
import { openWebhookRig, webhookPipeline } from '../../support/webhook-rig.ts';

test('never more passes a bucket than its burst and its rate together allow', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1000 }),
      fc.integer({ min: 1, max: 100 }),
      fc.array(fc.nat(2000), { maxLength: 300 }),
      (perSecond, burst, steps) => {
        const bucket = new TokenBucket({ perSecond, burst });
        let nowMs = 0;
        let passed = 0;
        for (const step of steps) {
          nowMs += step;
          const waitSeconds = bucket.waitSeconds(nowMs);
          if (waitSeconds === 0) passed++;
          else assert.ok(waitSeconds <= 1 / perSecond + 1e-9);
        }
        assert.ok(passed <= burst + (nowMs / 1000) * perSecond + 1e-6);
      },
    ),
  );
});

test('a bucket whose clock goes back gives nothing for it', () => {
  const bucket = new TokenBucket({ perSecond: 1, burst: 1 });
  assert.equal(bucket.waitSeconds(10_000), 0);
  assert.ok(bucket.waitSeconds(0) > 0);
  assert.ok(bucket.waitSeconds(10) > 0);
});

test('a share is given back whole, and what has no room takes none', () => {
  const budget = new ByteBudget(100);
  const [first, second] = [new ByteShare(budget), new ByteShare(budget)];
  assert.ok(first.take(60) && second.take(40));
  assert.equal(first.take(1), false);
  second.end();
  assert.ok(first.take(40));
  first.end();
  assert.equal(budget.held, 0);
});

test('many bodies at once are all inflated in the end, and each within its bound', async () => {
  const inflater = new Inflater();
  const zeros = gzipSync(Buffer.alloc(100_000));
  const results = await Promise.all(
    Array.from({ length: 40 }, (_, n) => inflater.inflate('gzip', zeros, n % 2 ? 100_000 : 99_999)),
  );
  assert.deepEqual(
    results.map((result) => ('problem' in result ? result.problem : result.length)),
    results.map((_, n) => (n % 2 ? 100_000 : 'delivery-too-large')),
  );
  assert.ok('problem' in (await inflater.inflate('zip', zeros, 1)));
});

test('beyond loopback a source whose senders prove nothing refuses the start, unless the network is trusted', () => {
  const sources = webhookSources(webhookPipeline.sources);
  const bound = (host: string, trustNetwork: boolean) => () =>
    refuseUnprotected(testSettings('', { host, trustNetwork }), sources);
  assert.throws(bound('0.0.0.0', false), { code: 'ADDRESS_UNPROTECTED', message: /plain/ });
  assert.doesNotThrow(bound('0.0.0.0', true));
  assert.doesNotThrow(bound('127.0.0.1', false));
});

test('a sender that goes away in the middle of its body is nobody: nothing is accepted, nothing held', async () => {
  const rig = await openWebhookRig();
  try {
    const { hostname, port } = new URL(rig.ingress.url);
    const socket = connect({ host: hostname, port: Number(port) });
    socket.write('POST /webhooks/plain HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n{"m":');
    await until(async () => /held_bytes 5$/m.test(await rig.metrics.metrics()));
    socket.destroy();
    await until(async () => /held_bytes 0$/m.test(await rig.metrics.metrics()));
    assert.match(await rig.metrics.metrics(), /outcome="aborted"\} 1$/m);
    assert.deepEqual(await rig.readings(), []);
  } finally {
    await rig.close();
  }
});

test("bytes that are declared and not sent take nobody's room", async () => {
  const rig = await openWebhookRig();
  const { hostname, port } = new URL(rig.ingress.url);
  const silent = Array.from({ length: 70 }, () =>
    connect({ host: hostname, port: Number(port) }).on('error', () => undefined),
  );
  try {
    for (const socket of silent)
      socket.write('POST /webhooks/plain HTTP/1.1\r\nHost: x\r\nContent-Length: 999999\r\n\r\n[');
    await until(async () => /held_bytes [1-9]\d+$/m.test(await rig.metrics.metrics()));
    const body = `{"m":"a","n":1,"at":1700000000000000,"x":"${'x'.repeat(900_000)}"}`;
    assert.equal((await rig.post('plain', body)).status, 202);
  } finally {
    for (const socket of silent) socket.destroy();
    await rig.close();
  }
});

test('a port that is taken refuses the start, naming its setting, and leaves nothing open', async () => {
  const rig = await openWebhookRig();
  try {
    const webhookPort = Number(new URL(rig.ingress.url).port);
    await assert.rejects(openWebhookRig({ settings: { webhookPort } }), {
      code: 'PORT_TAKEN',
      message: /MILLRACE_WEBHOOK_PORT/,
    });
  } finally {
    await rig.close();
  }
});
