import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WebhookDeclaration } from '../../../core/config/webhook-declaration.ts';
import { toWebhookPlan } from '../../../core/config/webhook-plan.ts';
import { deliveryIdReader } from '../../../services/webhook-ingress/verify/delivery-id-of.ts';
import type { WebhookRequest } from '../../../services/webhook-ingress/verify/verdict.ts';

const secret = 'whsec_b2xkIGtleSBvZiB0aGUgc2VuZGVy';

const idOf = (
  declaration: WebhookDeclaration,
  headers: WebhookRequest['headers'],
  body: unknown = {},
) =>
  deliveryIdReader(toWebhookPlan(declaration).deliveryId)({
    headers,
    body: Buffer.from(JSON.stringify(body)),
  });

test('each scheme has its own place for the id of a delivery', () => {
  const standard = { scheme: 'standard-webhooks', secret } as const;
  assert.equal(idOf({ verify: standard }, { 'webhook-id': 'msg_1' }), 'msg_1');
  assert.equal(idOf({ verify: { ...standard, headers: 'svix' } }, { 'svix-id': 'a' }), 'a');
  assert.equal(idOf({ verify: { scheme: 'github', secret } }, { 'X-GitHub-Delivery': 'b' }), 'b');
  assert.equal(
    idOf({ verify: { scheme: 'shopify', secret } }, { 'x-shopify-webhook-id': 'c' }),
    'c',
  );
  assert.equal(idOf({ verify: { scheme: 'stripe', secret } }, {}, { id: 'evt_1' }), 'evt_1');
  assert.equal(idOf({ verify: { scheme: 'slack', secret } }, {}, { event_id: 'Ev1' }), 'Ev1');
  assert.equal(
    idOf({ verify: { scheme: 'bearer', token: 't' } }, { 'webhook-id': 'x' }),
    undefined,
  );
});

test('of several schemes the first that has a place for the id tells it', () => {
  const verify = [
    { scheme: 'address', allow: ['::1'] },
    { scheme: 'github', secret },
  ] as const;
  assert.equal(idOf({ verify }, { 'x-github-delivery': 'd' }), 'd');
});

test('a declared place holds instead of the own one, and none means that there is no id', () => {
  const verify = { scheme: 'stripe', secret } as const;
  const body = { id: 'evt_1', request: { id: 7, name: '' } };
  const of = (deliveryId: WebhookDeclaration['deliveryId']) =>
    idOf({ verify, ...(deliveryId && { deliveryId }) }, { 'x-id': 'h' }, body);
  assert.equal(of({ path: '$.request.id' }), '7');
  assert.equal(of({ path: '$.request.name' }), undefined);
  assert.equal(of({ path: '$.request' }), undefined);
  assert.equal(of({ header: 'X-Id' }), 'h');
  assert.equal(of('none'), undefined);
});

test('of several headers that make an id together, each must be there and once', () => {
  const declaration: WebhookDeclaration = {
    verify: { scheme: 'shopify', secret },
    deliveryId: { header: ['X-Shopify-Topic', 'X-Shopify-Event-Id'] },
  };
  const of = (topic: string | string[], event?: string) =>
    idOf(declaration, { 'x-shopify-topic': topic, 'x-shopify-event-id': event });
  assert.equal(of('orders/create', '1'), '["orders/create","1"]');
  assert.notEqual(of('a', 'b,c'), of('a,b', 'c'));
  assert.equal(of('orders/create'), undefined);
  assert.equal(of('', '1'), undefined);
  assert.equal(of(['a', 'b'], '1'), undefined);
});

test('a body that is no JSON has no id', () => {
  const read = deliveryIdReader({ in: 'body', path: '$.id' });
  for (const text of ['', '{', 'null', '[]', '"x"', '{"id":null}', '{"id":1.5}'])
    assert.equal(read({ headers: {}, body: Buffer.from(text) }), undefined, text);
});
