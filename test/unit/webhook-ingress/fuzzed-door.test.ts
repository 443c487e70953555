import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { fuzzWebhookBodies, mutatedBody } from '../../support/fuzz-webhook-body.ts';
import { meterFormat, openWebhookRig, type WebhookRig } from '../../support/webhook-rig.ts';

const none = { scheme: 'none' } as const;
const hmac = { scheme: 'hmac', secret: 'a secret', header: 'X-Signature' } as const;
const sources = {
  plain: { format: meterFormat, webhook: { verify: none } },
  signed: { format: meterFormat, webhook: { verify: hmac } },
  identified: { format: meterFormat, webhook: { verify: none, deliveryId: { path: '$.n' } } },
};
/** INTERFACE: 200, 202, 400, 401, 404, 405, 413, 415, 429, 503; and what HTTP itself asks for. */
const statuses = new Set([200, 202, 400, 401, 404, 405, 413, 415, 429, 431, 503]);

let rig: WebhookRig;
before(async () => {
  rig = await openWebhookRig({ sources });
});
after(() => rig.close());

/** The status of the first answer; 0 when the connection ended without one. */
function exchange(bytes: Buffer, isCutOff = false): Promise<number> {
  const { hostname, port } = new URL(rig.ingress.url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) });
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error('no answer within 8 s'));
    }, 8000);
    let came = '';
    const end = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(Number(/^HTTP\/1\.1 (\d{3}) /.exec(came)?.[1] ?? 0));
    };
    socket.on('data', (chunk) => {
      came += chunk.toString('latin1');
      if (came.includes('\r\n\r\n')) end();
    });
    socket.on('error', end);
    socket.on('close', end);
    socket.write(bytes);
    // It says that nothing more comes: a request that is cut off is answered, or its connection ends.
    if (isCutOff) socket.end();
  });
}

const method = fc.oneof(
  { weight: 6, arbitrary: fc.constant('POST') },
  { weight: 2, arbitrary: fc.constantFrom('GET', 'OPTIONS', 'PUT', 'HEAD', 'QUERY', 'LINK') },
);
const path = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(...Object.keys(sources)).map((name) => `/webhooks/${name}`),
  },
  { weight: 1, arbitrary: fc.webPath() },
  { weight: 1, arbitrary: fc.constantFrom('/webhooks/%zz', '/webhooks/', '*', '/livez', '//x') },
);
const printable = fc.stringMatching(/^[\x20-\x7e]{0,60}$/);
const extraHeaders = fc.array(
  fc.tuple(
    fc.constantFrom(
      ...['X-Signature', 'X-Request-Id', 'traceparent', 'ce-id', 'ce-specversion', 'Expect'],
      ...['Content-Type', 'Content-Encoding', 'X-Forwarded-For', 'Authorization', 'Cookie'],
    ),
    printable,
  ),
  { maxLength: 4 },
);

test('no body makes what the door does with it throw, or take 50 ms', async () => {
  await fuzzWebhookBodies(1500);
});

test('any request has an answer of the table, and leaves nothing held', {
  timeout: 120_000,
}, async () => {
  let answered = 0;
  await fc.assert(
    fc.asyncProperty(method, path, extraHeaders, mutatedBody(), async (verb, to, extra, sent) => {
      const headers = Object.entries({ ...sent.headers, ...Object.fromEntries(extra) })
        .filter(([, value]) => /^[\x20-\x7e]*$/.test(value))
        .map(([name, value]) => `${name}: ${value}\r\n`);
      const length = `Content-Length: ${sent.body.length}\r\n`;
      const head = `${verb} ${to} HTTP/1.1\r\nHost: x\r\n${length}${headers.join('')}\r\n`;
      const status = await exchange(Buffer.concat([Buffer.from(head, 'latin1'), sent.body]));
      assert.ok(status === 0 ? false : statuses.has(status), `${status}`);
      answered++;
    }),
    { numRuns: 400 },
  );
  assert.ok(answered >= 400);
  assert.match(await rig.metrics.metrics(), /^millrace_webhook_held_bytes 0$/m);
});

test('bytes that are hardly HTTP end in an answer or in the end of the connection, and others go on', {
  timeout: 120_000,
}, async () => {
  const whole = 'POST /webhooks/plain HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
  const requests = fc.oneof(
    fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
    fc
      .tuple(
        fc.constantFrom(
          'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
          'Content-Length: 5\r\nContent-Length: 6\r\n\r\n',
          'Content-Length: -1\r\n\r\n',
          'Transfer-Encoding: chunked\r\n\r\nffffffffff\r\n',
          'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
          `X: ${'y'.repeat(20_000)}\r\n\r\n`,
          'Expect: 200-maybe\r\nContent-Length: 2\r\n\r\n{}',
          'Content-Length: 100\r\n\r\n{',
        ),
        fc.uint8Array({ maxLength: 100 }),
      )
      .map(([rest, tail]) => Buffer.concat([Buffer.from(whole + rest), tail])),
  );
  await fc.assert(
    fc.asyncProperty(requests, async (bytes) => {
      const status = await exchange(bytes, true);
      assert.ok(status === 0 || statuses.has(status) || status === 417, `${status}`);
    }),
    { numRuns: 200 },
  );
  const good = await rig.post('plain', '{"m":"a","n":1,"at":1700000000000000}');
  assert.equal(good.status, 202);
});
