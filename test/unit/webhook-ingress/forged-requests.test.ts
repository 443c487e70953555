import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import type { VerifyDeclaration } from '../../../core/config/verify-declaration.ts';
import { githubHeaders, standardHeaders } from '../../support/sign-webhook.ts';
import { meterFormat, openWebhookRig, type WebhookRig } from '../../support/webhook-rig.ts';

const secret = 'whsec_b2xkIGtleSBvZiB0aGUgc2VuZGVy';
const source = (...verify: VerifyDeclaration[]) => ({ format: meterFormat, webhook: { verify } });

let rig: WebhookRig;
before(async () => {
  rig = await openWebhookRig({
    sources: {
      standard: source({ scheme: 'standard-webhooks', secret }),
      github: source({ scheme: 'github', secret }),
      token: source({ scheme: 'bearer', token: 'right-token' }),
      proxied: source({ scheme: 'address', allow: ['198.51.100.7'], proxies: 1 }),
    },
  });
});
after(() => rig.close());

const reading = (n: number) => `{"m":"a","n":${n},"at":${1_700_000_000_000_000 + n}}`;

/** A request written byte for byte, as no client would; the status of each answer until the connection ends. */
async function send(path: string, headerLines: readonly string[], body: string | Buffer) {
  const { hostname, port } = new URL(rig.ingress.url);
  const socket = connect(Number(port), hostname);
  const head = [`POST ${path} HTTP/1.1`, 'Host: x', 'Connection: close', ...headerLines];
  socket.write(
    Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), Buffer.from(body)]),
  );
  let text = '';
  for await (const chunk of socket) text += chunk;
  return [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));
}

const lines = (headers: Readonly<Record<string, string>>) =>
  Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
const lengthOf = (body: string) => `Content-Length: ${Buffer.byteLength(body)}`;
const json = 'Content-Type: application/json';

const accepted = async (work: () => Promise<void>) => {
  const before = (await rig.readings()).length;
  await work();
  return (await rig.readings()).length - before;
};

test('a captured delivery that is sent again is a duplicate, however often and at once', async () => {
  const body = reading(1);
  const headers = standardHeaders({ secret, body, atMs: Date.now(), id: 'msg_again' });
  const count = await accepted(async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => rig.post('standard', body, { headers })),
    );
    const statuses = answers.map(({ status }) => status).sort();
    assert.deepEqual(statuses, [...Array(19).fill(200), 202]);
  });
  assert.equal(count, 1);
});

test('a captured delivery with another id, another time or at another source is forged', async () => {
  const body = reading(2);
  const atMs = Date.now();
  const headers = standardHeaders({ secret, body, atMs, id: 'msg_captured' });
  const count = await accepted(async () => {
    for (const altered of [
      { ...headers, 'webhook-id': 'msg_other' },
      { ...headers, 'webhook-timestamp': String(Math.floor(atMs / 1000) + 1) },
    ])
      assert.equal((await rig.post('standard', body, { headers: altered })).status, 401);
    assert.equal((await rig.post('github', body, { headers })).status, 401);
    const old = standardHeaders({ secret, body, atMs: atMs - 301_000 });
    assert.equal((await rig.post('standard', body, { headers: old })).status, 401);
    const early = standardHeaders({ secret, body, atMs: atMs + 302_000 });
    assert.equal((await rig.post('standard', body, { headers: early })).status, 401);
  });
  assert.equal(count, 0);
});

test('a header that comes twice lets nobody in who would not be let in by the one that counts', async () => {
  const body = reading(3);
  const signed = githubHeaders({ secret, body, atMs: 0, id: 'twice' });
  const signature = `X-Hub-Signature-256: ${signed['x-hub-signature-256']}`;
  const wrong = `X-Hub-Signature-256: sha256=${'0'.repeat(64)}`;
  const count = await accepted(async () => {
    for (const both of [
      [signature, wrong],
      [wrong, signature],
      [signature, signature],
      [signature, 'x-hub-signature-256:'],
    ])
      assert.deepEqual(
        await send('/webhooks/github', [json, lengthOf(body), ...both], body),
        [401],
      );
    const tokens = ['Authorization: Bearer wrong', 'Authorization: Bearer right-token'];
    assert.deepEqual(await send('/webhooks/token', [json, lengthOf(body), ...tokens], body), [401]);
    const standard = standardHeaders({ secret, body, atMs: Date.now(), id: 'msg_a' });
    const ids = [...lines(standard), 'webhook-id: msg_b'];
    assert.deepEqual(await send('/webhooks/standard', [json, lengthOf(body), ...ids], body), [401]);
  });
  assert.equal(count, 0);
});

test('an address that the caller writes before that of the proxy counts for nothing', async () => {
  const body = reading(4);
  const of = (...forwarded: string[]) =>
    send('/webhooks/proxied', [json, lengthOf(body), ...forwarded], body);
  assert.deepEqual(await of('X-Forwarded-For: 198.51.100.7, 203.0.113.1'), [401]);
  assert.deepEqual(
    await of('X-Forwarded-For: 198.51.100.7', 'X-Forwarded-For: 203.0.113.1'),
    [401],
  );
  assert.deepEqual(await of('X-Real-IP: 198.51.100.7', 'Forwarded: for=198.51.100.7'), [401]);
  assert.deepEqual(await of('X-Forwarded-For: 203.0.113.1, 198.51.100.7'), [202]);
});

test('a second request hidden in the body of the first is not read as one', async () => {
  const body = reading(5);
  const hidden = `POST /webhooks/token HTTP/1.1\r\nHost: x\r\n${json}\r\n${lengthOf(body)}\r\nAuthorization: Bearer right-token\r\n\r\n${body}`;
  const count = await accepted(async () => {
    for (const framing of [
      ['Content-Length: 4', 'Transfer-Encoding: chunked'],
      ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'],
      ['Transfer-Encoding : chunked'],
      ['Content-Length: 0', `Content-Length: ${hidden.length}`],
      ['Content-Length: +5'],
    ]) {
      const statuses = await send('/webhooks/github', [json, ...framing], `0\r\n\r\n${hidden}`);
      assert.ok(!statuses.includes(202), `${framing}: ${statuses}`);
    }
  });
  assert.equal(count, 0);
});

test('headers that are too long, folded, or no text at all are refused, and the next sender is served', async () => {
  const body = reading(6);
  const of = (...more: string[]) => send('/webhooks/token', [json, lengthOf(body), ...more], body);
  assert.deepEqual(await of(`Authorization: Bearer ${'a'.repeat(20_000)}`), [431]);
  assert.deepEqual(await of(`Authorization: Bearer ${'a'.repeat(12_000)}`), [401]);
  assert.deepEqual(await of('Authorization: Bearer right-token\0'), [400]);
  assert.deepEqual(await of('Authorization: Bearer', ' right-token'), [400]);
  assert.deepEqual(await of('Authorization: Bearer right-token\xff'), [401]);
  assert.deepEqual(
    await of('Authorization: Bearer right\u2010token'.replace('\u2010', '\xe2\x80\x90')),
    [401],
  );
  assert.deepEqual(await of('Authorization: Bearer right-token'), [202]);
});

test('the bytes that are signed are those of the body, however it is cut into chunks', async () => {
  const body = reading(7);
  const signed = lines(githubHeaders({ secret, body, atMs: 0, id: 'chunked' }));
  const chunked = [...body].map((letter) => `1\r\n${letter}\r\n`).join('');
  const headers = [json, 'Transfer-Encoding: chunked', ...signed];
  assert.deepEqual(await send('/webhooks/github', headers, `${chunked}0\r\n\r\n`), [202]);
  const more = `${chunked}1\r\n \r\n0\r\n\r\n`;
  assert.deepEqual(await send('/webhooks/github', headers, more), [401]);
});
