import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VerifyDeclaration } from '../../../core/config/verify-declaration.ts';
import type { WebhookDeclaration } from '../../../core/config/webhook-declaration.ts';
import { toWebhookPlan } from '../../../core/config/webhook-plan.ts';
import { handshakesOf } from '../../../services/webhook-ingress/verify/handshake-of.ts';
import type { WebhookRequest } from '../../../services/webhook-ingress/verify/verdict.ts';

const handshakes = (verify: VerifyDeclaration, over: Partial<WebhookDeclaration> = {}) =>
  handshakesOf(toWebhookPlan({ verify, ...over }));

const request = (over: Partial<WebhookRequest>): WebhookRequest => ({
  method: 'POST',
  path: '/webhooks/any',
  headers: {},
  rawBody: Buffer.alloc(0),
  remoteAddress: '192.0.2.7',
  nowMs: 0,
  ...over,
});

test("GitHub's ping is answered by 202 and is no reading; its other events are deliveries", () => {
  const { inDelivery } = handshakes({ scheme: 'github', secret: 's' });
  const of = (event: string) => inDelivery(request({ headers: { 'x-github-event': event } }));
  const answer = of('ping');
  assert.ok(answer?.ok);
  assert.equal(answer.status, 202);
  assert.deepEqual(JSON.parse(answer.body), { accepted: 0 });
  assert.equal(of('push'), undefined);
});

test("a header that calls itself GitHub's ping means nothing at another sender's webhook", () => {
  const { inDelivery } = handshakes({ scheme: 'hmac', secret: 's', header: 'x' });
  assert.equal(inDelivery(request({ headers: { 'x-github-event': 'ping' } })), undefined);
});

test("Slack's challenge goes back as plain text; what only mentions one is a delivery", () => {
  const { inDelivery } = handshakes({ scheme: 'slack', secret: 's' });
  const of = (body: unknown) => inDelivery(request({ rawBody: Buffer.from(JSON.stringify(body)) }));
  const answer = of({ type: 'url_verification', challenge: '3eZbrw1aB-_.x' });
  assert.ok(answer?.ok);
  assert.equal(answer.status, 200);
  assert.equal(answer.body, '3eZbrw1aB-_.x');
  assert.match(answer.headers['content-type'] ?? '', /^text\/plain/);
  assert.equal(of({ type: 'event_callback', text: 'url_verification' }), undefined);
  assert.equal(of({ type: 'url_verification', challenge: 7 }), undefined);
  assert.equal(of({ type: 'url_verification', challenge: 'a\r\nb' }), undefined);
  assert.equal(of(null), undefined);
  assert.equal(inDelivery(request({ rawBody: Buffer.from('{url_verification') })), undefined);
});

test("Meta's question is answered with its challenge when it knows the token", () => {
  const { beforeDelivery, methods } = handshakes({
    scheme: 'meta',
    secret: 's',
    verifyToken: ['old', 'new'],
  });
  assert.deepEqual(methods, ['GET']);
  const of = (query: string) =>
    beforeDelivery(request({ method: 'GET', path: `/webhooks/meta?${query}` }));
  const right = 'hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=';
  const answer = of(`${right}new`);
  assert.ok(answer?.ok);
  assert.equal(answer.body, '1158201444');
  assert.ok(of(`${right}old`)?.ok);
  for (const query of [`${right}wrong`, right, 'hub.mode=subscribe&hub.verify_token=new', ''])
    assert.equal(of(query)?.ok, false, query);
  const markup = of('hub.mode=subscribe&hub.verify_token=new&hub.challenge=%3Ca%20b%3E');
  assert.equal(markup?.ok, false);
});

test('the validation request of CloudEvents is answered for the origins declared, with the rate a minute', () => {
  const verify: VerifyDeclaration = { scheme: 'bearer', token: 't' };
  const allowedOrigins = ['events.example.com', 'eventgrid.azure.net'];
  const { beforeDelivery, methods } = handshakes(verify, {
    allowedOrigins,
    rate: { perSecond: 2.5 },
  });
  assert.deepEqual(methods, ['OPTIONS']);
  const of = (origin?: string) =>
    beforeDelivery(
      request({
        method: 'OPTIONS',
        headers: { 'webhook-request-origin': origin, 'webhook-request-rate': '120' },
      }),
    );
  const answer = of('eventgrid.azure.net');
  assert.ok(answer?.ok);
  assert.deepEqual(answer.headers, {
    allow: 'POST',
    'webhook-allowed-origin': 'eventgrid.azure.net',
    'webhook-allowed-rate': '150',
  });
  assert.equal(of('evil.example.com')?.ok, false);
  assert.equal(of(undefined), undefined, 'a browser asks otherwise');
});

test('any origin, without a limit of the rate, is an asterisk each', () => {
  const { beforeDelivery } = handshakes({ scheme: 'none' }, { allowedOrigins: ['*'] });
  const headers = { 'webhook-request-origin': 'any.example' };
  const answer = beforeDelivery(request({ method: 'OPTIONS', headers }));
  assert.ok(answer?.ok);
  assert.equal(answer.headers['webhook-allowed-origin'], '*');
  assert.equal(answer.headers['webhook-allowed-rate'], '*');
});

test('who may not connect gets no answer to a question either', () => {
  const { beforeDelivery } = handshakesOf(
    toWebhookPlan({
      verify: [
        { scheme: 'meta', secret: 's', verifyToken: 't' },
        { scheme: 'address', allow: ['198.51.100.0/24'] },
      ],
    }),
  );
  const path = '/webhooks/meta?hub.mode=subscribe&hub.challenge=1&hub.verify_token=t';
  const answer = beforeDelivery(request({ method: 'GET', path }));
  assert.equal(answer?.ok === false && answer.check, 'address-refused');
  const allowed = request({ method: 'GET', path, remoteAddress: '198.51.100.9' });
  assert.ok(beforeDelivery(allowed)?.ok);
});

test('a webhook that declares no handshake answers no question', () => {
  const { methods, beforeDelivery } = handshakes({ scheme: 'github', secret: 's' });
  assert.deepEqual(methods, []);
  for (const method of ['GET', 'OPTIONS'])
    assert.equal(
      beforeDelivery(request({ method, headers: { 'webhook-request-origin': 'x' } })),
      undefined,
    );
});
