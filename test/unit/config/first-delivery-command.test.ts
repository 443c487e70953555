import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstDeliveryCommand } from '../../../core/config/first-delivery-command.ts';
import type { Pipeline } from '../../../core/config/pipeline.ts';
import type { VerifyDeclaration } from '../../../core/config/verify-declaration.ts';

const pipelineWith = (verify: VerifyDeclaration) =>
  ({
    sources: {
      mqtt: { example: { topic: 'a/b', payload: '1' } },
      shop: {
        example: { payload: `{"say": "it's"}` },
        format: { contentType: 'application/json' },
        webhook: { verify },
      },
    },
  }) as unknown as Pipeline;
const settings = { host: '0.0.0.0', webhookPort: 8090, webhookTls: undefined };
const words = (proof: string) =>
  `curl http://127.0.0.1:8090/webhooks/shop -H 'Content-Type: application/json'${proof} -d '{"say": "it'\\''s"}'`;

test('the first delivery is a line for a shell, with a token of the environment where the source asks for one', () => {
  assert.equal(firstDeliveryCommand(pipelineWith({ scheme: 'none' }), settings), words(''));
  const token = { secret: 'SHOP_TOKEN', value: 'hunter2' };
  assert.equal(
    firstDeliveryCommand(pipelineWith({ scheme: 'bearer', token }), settings),
    words(' -H "Authorization: Bearer $SHOP_TOKEN"'),
  );
});

test('no line shows a secret, or leaves out a signature', () => {
  for (const verify of [
    { scheme: 'bearer', token: 'hunter2' },
    { scheme: 'github', secret: 'hunter2' },
  ] as const)
    assert.equal(firstDeliveryCommand(pipelineWith(verify), settings), null);
});
