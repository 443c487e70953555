import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { VerifyDeclaration } from '../../../core/config/verify-declaration.ts';
import { verifierOf } from '../../../services/webhook-ingress/verify/verifier-of.ts';
import { standardEd25519Headers, standardHeaders } from '../../support/sign-webhook.ts';

const folder = fileURLToPath(new URL('../../golden/webhook-signatures/', import.meta.url));

const vectorSchema = z.object({
  name: z.string(),
  secret: z.string(),
  body: z.string(),
  headers: z.record(z.string(), z.string()),
  /** Seconds. */
  now: z.number().default(0),
  toleranceSeconds: z.number().default(300),
  valid: z.boolean(),
});
type Vector = z.output<typeof vectorSchema>;

const declarations: Readonly<Record<string, (vector: Vector) => VerifyDeclaration>> = {
  github: ({ secret }) => ({ scheme: 'github', secret }),
  'standard-webhooks': ({ secret, toleranceSeconds }) => ({
    scheme: 'standard-webhooks',
    secret,
    tolerance: `${toleranceSeconds}s`,
  }),
  stripe: ({ secret, toleranceSeconds }) => ({
    scheme: 'stripe',
    secret,
    tolerance: `${toleranceSeconds}s`,
  }),
};

const verdictOn = (declaration: VerifyDeclaration, vector: Omit<Vector, 'name' | 'secret'>) =>
  verifierOf([declaration])({
    method: 'POST',
    path: '/webhooks/vectors',
    headers: vector.headers,
    rawBody: Buffer.from(vector.body),
    remoteAddress: '127.0.0.1',
    nowMs: vector.now * 1000,
  });

for (const file of globSync('*.json', { cwd: folder }).sort()) {
  const scheme = basename(file, '.json');
  const { cases } = z
    .object({ cases: z.array(vectorSchema) })
    .parse(JSON.parse(readFileSync(folder + file, 'utf8')));
  for (const vector of cases)
    test(`${scheme}: the vector "${vector.name}" is ${vector.valid ? 'let in' : 'refused'}`, (t) => {
      const declaration = declarations[scheme]?.(vector);
      assert.ok(declaration, `no scheme for ${file}`);
      const verdict = verdictOn(declaration, vector);
      t.diagnostic(
        `${scheme} | ${vector.name} | ${vector.valid ? 'valid' : 'invalid'} | ${verdict.ok ? 'let in' : verdict.check}`,
      );
      assert.equal(verdict.ok, vector.valid);
    });
}

const officialSchema = z.object({
  official: z.array(
    z.object({
      scheme: z.string(),
      secret: z.string().optional(),
      privateKeySeedBase64: z.string().optional(),
      publicKeyBase64: z.string().optional(),
      id: z.string(),
      timestamp: z.number(),
      body: z.string(),
      expected: z.string(),
    }),
  ),
});

const { official } = officialSchema.parse(
  JSON.parse(readFileSync(`${folder}standard-webhooks.json`, 'utf8')),
);
for (const vector of official)
  test(`standard-webhooks: the official signature ${vector.scheme} is let in, and made the same here`, () => {
    const { id, timestamp, body, expected, secret, privateKeySeedBase64: seed } = vector;
    const signing = { id, body, atMs: timestamp * 1000 };
    const headers =
      secret === undefined
        ? standardEd25519Headers(seed ?? '', signing)
        : standardHeaders({ ...signing, secret });
    assert.equal(headers['webhook-signature'], expected);
    const key = secret ?? `whpk_${vector.publicKeyBase64}`;
    const verdict = verdictOn(
      { scheme: 'standard-webhooks', secret: key },
      { headers, body, now: timestamp, toleranceSeconds: 300, valid: true },
    );
    assert.deepEqual(verdict, { ok: true });
  });

const { officialHmac } = z
  .object({
    officialHmac: z.array(
      z.object({
        name: z.string(),
        secret: z.string(),
        payload: z.string(),
        expectedHex: z.string(),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(`${folder}stripe.json`, 'utf8')));
for (const { name, secret, payload, expectedHex } of officialHmac)
  test(`stripe: the official HMAC of "${name}" is let in`, () => {
    const declaration: VerifyDeclaration = { scheme: 'hmac', secret, header: 'x-signature' };
    const of = (headers: Record<string, string>) => ({
      headers,
      body: payload,
      now: 0,
      toleranceSeconds: 300,
      valid: true,
    });
    assert.deepEqual(verdictOn(declaration, of({ 'x-signature': expectedHex })), { ok: true });
    const wrong = expectedHex.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
    assert.equal(verdictOn(declaration, of({ 'x-signature': wrong })).ok, false);
  });
