import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadPipeline } from '../../../core/config/load-pipeline.ts';
import type { VerifyDeclaration } from '../../../core/config/verify-declaration.ts';
import { toWebhookPlan } from '../../../core/config/webhook-plan.ts';
import { handshakesOf } from '../../../services/webhook-ingress/verify/handshake-of.ts';
import { verifierOf } from '../../../services/webhook-ingress/verify/verifier-of.ts';

const page = readFileSync('docs/webhooks.md', 'utf8');
const section = /\n## How senders prove themselves\n[\s\S]*?(?=\n## |$)/.exec(page)?.[0] ?? '';
const examples = [...section.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, text = '']) => text);

const configuration = `
import { definePipeline, json, number, secret } from 'millrace';

const format = json({
  entity: { type: 'order', id: '$.id' },
  fields: { total: { path: '$.total' } },
});

export default definePipeline({
  name: 'documented',
  models: { order: { fields: { total: number() } } },
  sources: {
${examples.map((example, index) => `source${index}: { format, ${example} },`).join('\n')}
  },
});
`;

/** Also one for each scheme without an example of its own: the compiler asks for all. */
const everyScheme: Readonly<Record<VerifyDeclaration['scheme'], true>> = {
  'standard-webhooks': true,
  stripe: true,
  github: true,
  meta: true,
  shopify: true,
  slack: true,
  hmac: true,
  bearer: true,
  basic: true,
  'mutual-tls': true,
  address: true,
  none: true,
};

test('every example of how senders prove themselves loads, and every scheme has one', async () => {
  const names = new Set(
    [...section.matchAll(/secret\('([A-Z_]+)'\)/g)].map(([, name = '']) => name),
  );
  for (const name of names) process.env[name] = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const folder = await mkdtemp('test/.webhook-docs-');
  try {
    const path = join(folder, 'millrace.config.ts');
    await writeFile(path, configuration);
    const { sources } = await loadPipeline(path);
    const plans = Object.values(sources)
      .map(({ webhook }) => webhook)
      .filter((webhook) => webhook !== undefined)
      .map(toWebhookPlan);
    assert.equal(plans.length, examples.length);
    for (const plan of plans) {
      verifierOf(plan.checks);
      handshakesOf(plan);
    }
    const shown = new Set(plans.flatMap(({ checks }) => checks.map(({ scheme }) => scheme)));
    assert.deepEqual([...shown].sort(), Object.keys(everyScheme).sort());
  } finally {
    for (const name of names) delete process.env[name];
    await rm(folder, { recursive: true });
  }
});
