import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { request } from 'node:http';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { meterFormat, openWebhookRig, type WebhookRig } from '../../support/webhook-rig.ts';

const secret = 'a secret';
const signed = { scheme: 'hmac', secret, header: 'X-Signature' } as const;
const none = { scheme: 'none' } as const;
const reading = (n: number) => JSON.stringify({ m: 'a', n, at: 1_700_000_000_000_000 + n });

let rig: WebhookRig;
before(async () => {
  rig = await openWebhookRig({
    sources: {
      plain: { format: meterFormat, webhook: { verify: none } },
      signed: { format: meterFormat, webhook: { verify: signed } },
      slow: { format: meterFormat, webhook: { verify: none, rate: { perSecond: 0.01, burst: 2 } } },
      small: {
        format: meterFormat,
        webhook: { verify: none, maxBytes: '100B', maxInflatedBytes: '200B' },
      },
      called: {
        format: meterFormat,
        webhook: { verify: none, allowedOrigins: ['events.example'] },
      },
      mqtt: { format: meterFormat, topics: ['meters/#'] },
    },
  });
});
after(() => rig.close());

interface Problem {
  readonly type: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
}

function assertProblem(
  answer: { status: number; headers: Headers; body: unknown },
  status: number,
) {
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
  const problem = answer.body as Problem;
  assert.equal(problem.status, status);
  assert.match(problem.type, /^urn:millrace:problem:[a-z-]+$/);
  assert.ok(problem.title.length > 0 && problem.detail.length > 0);
  return problem;
}

test('a delivery is answered 202 with how many readings the log has of it', async () => {
  const before = (await rig.readings()).length;
  const answer = await rig.post('plain', reading(1));
  assert.deepEqual([answer.status, answer.body], [202, { accepted: 1 }]);
  const readings = await rig.readings();
  assert.equal(readings.length, before + 1);
  assert.deepEqual(readings.at(-1)?.numbers, { n: 1 });
});

test('a delivery that its format can make nothing of is answered 400 and is in no topic', async () => {
  const before = (await rig.deadLetters()).length;
  for (const body of ['{"m":', '', '\xff'])
    assertProblem(await rig.post('plain', Buffer.from(body, 'latin1')), 400);
  assert.equal((await rig.deadLetters()).length, before);
});

test('a delivery that breaks its mapping is accepted as a dead letter with its path and its bytes', async () => {
  const answer = await rig.post('plain', '{"m":"a","n":7}');
  assert.deepEqual([answer.status, answer.body], [202, { accepted: 1 }]);
  const dead = (await rig.deadLetters()).find(({ bytes }) => String(bytes) === '{"m":"a","n":7}');
  assert.equal(dead?.topic, '/webhooks/plain');
  assert.equal(dead?.reason, 'time-missing');
});

test('a wrong signature is answered 401 with what proof is asked for', async () => {
  const answer = await rig.post('signed', reading(2), { headers: { 'x-signature': 'ab' } });
  assertProblem(answer, 401);
  assert.ok(answer.headers.get('www-authenticate'));
  const right = createHmac('sha256', secret).update(reading(2)).digest('hex');
  const signedRight = await rig.post('signed', reading(2), { headers: { 'x-signature': right } });
  assert.equal(signedRight.status, 202);
});

test('a compressed body is signed as it was sent', async () => {
  const bytes = gzipSync(reading(3));
  const signature = createHmac('sha256', secret).update(bytes).digest('hex');
  const headers = { 'x-signature': signature, 'content-encoding': 'gzip' };
  assert.equal((await rig.post('signed', bytes, { headers })).status, 202);
});

test('no secret, signature or token is in a log line, a dead letter or a metric', async () => {
  const mark = 'mark-of-a-secret';
  await rig.post('signed', reading(4), {
    headers: { 'x-signature': mark, authorization: `Bearer ${mark}`, cookie: mark },
  });
  await rig.post(`plain?token=${mark}`, '{"m":"a","n":8}', { headers: { authorization: mark } });
  const dead = (await rig.deadLetters()).map((letter) => JSON.stringify(letter));
  const all = [...rig.lines, ...dead, await rig.metrics.metrics()].join('\n');
  assert.ok(!all.includes(mark) && !all.includes(secret));
});

test('an unknown source, and one without a webhook, are answered 404', async () => {
  assertProblem(await rig.post('nobody', reading(5)), 404);
  assertProblem(await rig.post('mqtt', reading(5)), 404);
  assertProblem(await rig.post('%zz', reading(5)), 404);
  assertProblem(await rig.post('plain/more', reading(5)), 404);
});

test('any other method is answered 405 with Allow', async () => {
  for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND']) {
    const answer = await fetch(`${rig.ingress.url}/webhooks/plain`, { method });
    const text = await answer.text();
    assertProblem({ status: answer.status, headers: answer.headers, body: JSON.parse(text) }, 405);
    assert.equal(answer.headers.get('allow'), 'POST');
  }
});

test('a sender of CloudEvents that asks first is answered, and another origin is not', async () => {
  const ask = (origin: string) =>
    fetch(`${rig.ingress.url}/webhooks/called`, {
      method: 'OPTIONS',
      headers: { 'webhook-request-origin': origin },
    });
  const answer = await ask('events.example');
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('webhook-allowed-origin'), 'events.example');
  assert.equal((await ask('elsewhere.example')).status, 401);
});

test('a body over the bound is answered 413, with its length declared or not', async () => {
  assertProblem(await rig.post('small', 'x'.repeat(101)), 413);
  assertProblem(await rig.post('plain', 'x'.repeat(3_000_000)), 413);
  const chunked = new ReadableStream({
    start(controller) {
      for (let chunk = 0; chunk < 30; chunk++) controller.enqueue(Buffer.alloc(50_000, 0x20));
      controller.close();
    },
  });
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, duplex: 'half' };
  const url = `${rig.ingress.url}/webhooks/plain`;
  const answer = await fetch(url, { ...init, body: chunked } as RequestInit);
  assert.equal(answer.status, 413);
});

test('a body that inflates beyond the bound is answered 413, one that is no gzip 400', async () => {
  const headers = { 'content-encoding': 'gzip' };
  const small = JSON.stringify({ m: 'a', n: 1, at: 1_700_000_000_000_000, x: ' '.repeat(300) });
  assertProblem(await rig.post('small', gzipSync(small), { headers }), 413);
  const bomb = await rig.post('plain', gzipSync(Buffer.alloc(50_000_000)), { headers });
  assert.match(assertProblem(bomb, 413).detail, /at most 10000000 bytes when it is inflated/);
  assertProblem(await rig.post('plain', 'no gzip', { headers }), 400);
  assertProblem(await rig.post('plain', gzipSync('{}').subarray(0, 15), { headers }), 400);
});

test('a type or an encoding that the source does not take is answered 415', async () => {
  assertProblem(await rig.post('plain', reading(6), { type: 'application/pdf' }), 415);
  assertProblem(await rig.post('plain', reading(6), { type: 'multipart/form-data' }), 415);
  assertProblem(
    await rig.post('plain', reading(6), { headers: { 'content-encoding': 'zip' } }),
    415,
  );
  const curl = await rig.post('plain', reading(6), { type: 'application/x-www-form-urlencoded' });
  assert.match(assertProblem(curl, 415).detail, /Content-Type: application\/json/);
});

test('beyond the rate of a source deliveries are answered 429 with Retry-After, of others not', async () => {
  const statuses: number[] = [];
  for (let n = 0; n < 3; n++) statuses.push((await rig.post('slow', reading(n))).status);
  assert.deepEqual(statuses, [202, 202, 429]);
  const answer = await rig.post('slow', reading(9));
  assertProblem(answer, 429);
  const waitSeconds = Number(answer.headers.get('retry-after'));
  assert.ok(waitSeconds > 60 && waitSeconds <= 100, `${waitSeconds}`);
  assert.equal((await rig.post('plain', reading(9))).status, 202);
});

test('what is no HTTP is answered 400 by a problem document', async () => {
  const { port, hostname } = new URL(rig.ingress.url);
  const text = await new Promise<string>((resolve) => {
    const socket = connect({ port: Number(port), host: hostname });
    let came = '';
    socket.on('data', (chunk) => {
      came += chunk;
    });
    socket.on('close', () => resolve(came));
    socket.write('GARBAGE\r\n\r\n');
  });
  assert.match(text, /^HTTP\/1\.1 400 [\s\S]*application\/problem\+json/);
});

test('the same request id is in the answer and in the log line', async () => {
  const { hostname, port } = new URL(rig.ingress.url);
  const id = 'from-the-sender.1';
  const answered = await new Promise<string>((resolve) => {
    const sent = request(
      { hostname, port, method: 'POST', path: '/webhooks/signed', headers: { 'x-request-id': id } },
      (answer) => {
        answer.resume();
        resolve(String(answer.headers['x-request-id']));
      },
    );
    sent.end();
  });
  assert.equal(answered, id);
  const problem = (await rig.post('nobody', '')).body as { requestId: string };
  assert.match(problem.requestId, /^[\da-f-]{36}$/);
});

test('a trace that the sender gives goes with the reading, and one that is none does not', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  await rig.post('plain', reading(501), { headers: { traceparent } });
  await rig.post('plain', reading(502), { headers: { traceparent: 'nonsense' } });
  const byNumber = new Map(
    (await rig.readings()).map((one) => [one.numbers.n, one.traceparent] as const),
  );
  assert.equal(byNumber.get(501), traceparent);
  assert.equal(byNumber.get(502), null);
});

test('health is told on the same port', async () => {
  const live = await fetch(`${rig.ingress.url}/livez`);
  const ready = await fetch(`${rig.ingress.url}/readyz`);
  const metrics = await (await fetch(`${rig.ingress.url}/metrics`)).text();
  assert.deepEqual([live.status, ready.status], [200, 200]);
  assert.match(
    metrics,
    /millrace_webhook_deliveries_total\{source="plain",outcome="accepted"\} \d/,
  );
});
