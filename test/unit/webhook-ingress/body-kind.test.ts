import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BodyKinds } from '../../../services/webhook-ingress/body/body-kind.ts';

test('the same format in CBOR is not looked through as JSON', () => {
  const kinds = new BodyKinds('application/senml+json');
  const kindOf = (contentType: string) => kinds.of({ 'content-type': contentType });
  assert.equal(kindOf('application/senml+json'), 'json');
  assert.equal(kindOf('application/json'), 'json');
  assert.equal(kindOf(''), 'json');
  assert.equal(kindOf('application/senml+cbor'), 'bytes');
  assert.ok(typeof kindOf('application/cbor') === 'object');
});
