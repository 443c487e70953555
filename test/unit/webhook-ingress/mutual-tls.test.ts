import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { Agent, type AgentOptions, request } from 'node:https';
import { after, before, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import type { VerifyDeclaration } from '../../../core/config/verify-declaration.ts';
import { isMillraceError } from '../../../core/errors.ts';
import { secureOptions } from '../../../services/webhook-ingress/secure-options.ts';
import { type Authority, makeAuthority, withoutOpenssl } from '../../support/make-certificates.ts';
import { meterFormat, openWebhookRig, type WebhookRig } from '../../support/webhook-rig.ts';

const skip = withoutOpenssl();
const source = (verify: VerifyDeclaration) => ({ format: meterFormat, webhook: { verify } });

let ours: Authority;
let strangers: Authority;
let server: { cert: string; key: string };
let gateway: { cert: string; key: string };
let rig: WebhookRig;

before(async () => {
  if (skip !== false) return;
  [ours, strangers] = await Promise.all([makeAuthority('ours'), makeAuthority('strangers')]);
  server = await ours.issue('localhost');
  gateway = await ours.issue('gateway-7', 'DNS:gateway-7.example,URI:spiffe://example/gateway');
  const { fingerprint256 } = new X509Certificate(gateway.cert);
  rig = await openWebhookRig({
    sources: {
      any: source({ scheme: 'mutual-tls' }),
      named: source({ scheme: 'mutual-tls', names: ['URI:spiffe://example/gateway'] }),
      printed: source({ scheme: 'mutual-tls', fingerprints: [fingerprint256] }),
      other: source({ scheme: 'mutual-tls', names: ['CN=gateway-8'] }),
      open: source({ scheme: 'none' }),
    },
    settings: { webhookTls: { ...server, clientCa: ours.cert } },
  });
});
after(() => rig?.close());

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly isResumed: boolean;
}

function post(name: string, agent: Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const url = `${rig.ingress.url}/webhooks/${name}`;
    const headers = { 'content-type': 'application/json' };
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      const { statusCode: status = 0, socket } = response;
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      const isResumed = (socket as TLSSocket).isSessionReused();
      response.on('end', () => resolve({ status, text, isResumed }));
    });
    sent.on('error', reject);
    sent.end('{"m":"a","n":1,"at":1700000000000000}');
  });
}

const sender = (options: AgentOptions = {}) => new Agent({ ca: ours.cert, ...options });

test('a sender is let in by a certificate of ours, by its name and by its fingerprint', {
  skip,
}, async () => {
  const agent = sender(gateway);
  for (const name of ['any', 'named', 'printed', 'open'])
    assert.equal((await post(name, agent)).status, 202, name);
  const { status, text } = await post('other', agent);
  assert.equal(status, 401);
  assert.match(text, /none of those declared/);
});

test('a sender without a certificate, or with one of strangers, gets a 401 that says so', {
  skip,
}, async () => {
  const none = await post('any', sender());
  assert.equal(none.status, 401);
  assert.match(none.text, /No client's certificate/);
  const forged = await strangers.issue('gateway-7', 'URI:spiffe://example/gateway');
  const agent = sender(forged);
  for (const name of ['any', 'named']) {
    const { status, text } = await post(name, agent);
    assert.equal(status, 401);
    assert.match(text, /not signed by an authority/);
  }
  assert.equal((await post('open', agent)).status, 202);
});

test('a session that is taken up again is judged by the certificate that it began with', {
  skip,
}, async () => {
  const forged = sender(await strangers.issue('gateway-7'));
  const right = sender(gateway);
  for (const [agent, status] of [
    [forged, 401],
    [right, 202],
  ] as const) {
    assert.equal((await post('any', agent)).status, status);
    const again = await post('any', agent);
    assert.equal(again.isResumed, true, 'this agent takes sessions up again');
    assert.equal(again.status, status);
  }
});

test('certificate, key and authority that cannot be used refuse the start, naming their settings', {
  skip,
}, async () => {
  const other = await ours.issue('other');
  const refused = (cert: string, key: string, clientCa?: string) => {
    try {
      secureOptions({ cert, key, clientCa });
    } catch (error) {
      assert.ok(isMillraceError(error, 'SETTING_INVALID'));
      return error.message;
    }
    return 'not refused';
  };
  assert.match(refused(server.cert, other.key), /MILLRACE_WEBHOOK_TLS_KEY cannot be used/);
  const broken = '-----BEGIN CERTIFICATE-----\nbroken\n-----END CERTIFICATE-----';
  assert.match(refused(broken, server.key), /MILLRACE_WEBHOOK_TLS_CERT and/);
  assert.match(refused(server.cert, server.key, broken), /MILLRACE_WEBHOOK_TLS_CLIENT_CA/);
  assert.doesNotMatch(refused(server.cert, 'not a key'), /not a key/);
});

test('a source that asks for certificates refuses the start where nobody would ask for them', async () => {
  const sources = { any: source({ scheme: 'mutual-tls' }) };
  await assert.rejects(openWebhookRig({ sources }), (error) => {
    assert.ok(isMillraceError(error, 'SETTING_INVALID'));
    assert.match(error.message, /Senders to any .*MILLRACE_WEBHOOK_TLS_CLIENT_CA/);
    return true;
  });
});
