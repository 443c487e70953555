import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { VerifyDeclaration } from '../../../core/config/verify-declaration.ts';
import { toWebhookPlan } from '../../../core/config/webhook-plan.ts';
import { deliveryIdReader } from '../../../services/webhook-ingress/verify/delivery-id-of.ts';
import { handshakesOf } from '../../../services/webhook-ingress/verify/handshake-of.ts';
import type { WebhookRequest } from '../../../services/webhook-ingress/verify/verdict.ts';
import { verifierOf } from '../../../services/webhook-ingress/verify/verifier-of.ts';
import { signedSchemes } from '../../support/signed-schemes.ts';

const nowMs = 1_790_000_000_000;

const delivery = (over: Partial<WebhookRequest>): WebhookRequest => ({
  method: 'POST',
  path: '/webhooks/any',
  headers: {},
  rawBody: Buffer.alloc(0),
  remoteAddress: '127.0.0.1',
  nowMs,
  ...over,
});

const bodies = fc.uint8Array({ minLength: 1, maxLength: 300 });

const withBitFlipped = (bytes: Uint8Array, bit: number): Buffer => {
  const flipped = Buffer.from(bytes);
  const at = (bit >> 3) % flipped.length;
  flipped[at] = (flipped[at] ?? 0) ^ (1 << (bit & 7));
  return flipped;
};

const textWithBitFlipped = (text: string, bit: number) =>
  withBitFlipped(Buffer.from(text, 'latin1'), bit).toString('latin1');

for (const { name, declaration, sign, signatureHeader, timeHeader, isTimed } of signedSchemes) {
  const verify = verifierOf([declaration]);

  test(`${name}: what the sender signed is let in`, () => {
    fc.assert(
      fc.property(bodies, (rawBody) => {
        const verdict = verify(delivery({ headers: sign(rawBody, nowMs), rawBody }));
        assert.deepEqual(verdict, { ok: true });
      }),
    );
  });

  test(`${name}: one flipped bit of body, signature or time is refused`, () => {
    fc.assert(
      fc.property(bodies, fc.nat(), (body, bit) => {
        const headers = sign(body, nowMs);
        const flippedBody = delivery({ headers, rawBody: withBitFlipped(body, bit) });
        assert.equal(verify(flippedBody).ok, false, 'the body');
        for (const header of [signatureHeader, ...(timeHeader === undefined ? [] : [timeHeader])]) {
          const flipped = { ...headers, [header]: textWithBitFlipped(headers[header] ?? '', bit) };
          assert.equal(verify(delivery({ headers: flipped, rawBody: body })).ok, false, header);
        }
      }),
      { numRuns: 300 },
    );
  });

  test(`${name}: a signature cut, lengthened or of another body is refused`, () => {
    fc.assert(
      fc.property(bodies, bodies, fc.nat({ max: 40 }), (body, other, cut) => {
        const headers = sign(body, nowMs);
        const signature = headers[signatureHeader] ?? '';
        const wrong = [signature.slice(0, -1 - cut), `${signature}0`, `${signature}=`];
        for (const text of wrong) {
          const altered = { ...headers, [signatureHeader]: text };
          assert.equal(verify(delivery({ headers: altered, rawBody: body })).ok, false, text);
        }
        fc.pre(!Buffer.from(body).equals(other));
        assert.equal(verify(delivery({ headers, rawBody: other })).ok, false);
      }),
    );
  });

  test(`${name}: the order of headers and the case of their names are nothing`, () => {
    fc.assert(
      fc.property(bodies, fc.infiniteStream(fc.boolean()), fc.boolean(), (rawBody, up, reverse) => {
        const entries = Object.entries({ accept: '*/*', ...sign(rawBody, nowMs) });
        const mixed = entries.map(([key, value]) => [
          [...key].map((letter) => (up.next().value ? letter.toUpperCase() : letter)).join(''),
          value,
        ]);
        const headers = Object.fromEntries(reverse ? mixed.reverse() : mixed);
        assert.deepEqual(verify(delivery({ headers, rawBody })), { ok: true });
      }),
    );
  });

  if (isTimed)
    test(`${name}: a time is let pass up to the tolerance on either side, and not beyond`, () => {
      const rawBody = Buffer.from('{}');
      const headers = sign(rawBody, nowMs);
      const at = (ms: number) => verify(delivery({ headers, rawBody, nowMs: ms }));
      for (const ms of [nowMs - 300_000, nowMs, nowMs + 300_000])
        assert.deepEqual(at(ms), { ok: true }, `${ms - nowMs}`);
      for (const ms of [nowMs - 300_001, nowMs + 300_001, 0, 8.64e15]) {
        const verdict = at(ms);
        assert.equal(!verdict.ok && verdict.check, 'timestamp-stale', `${ms - nowMs}`);
      }
    });
}

const others: readonly VerifyDeclaration[] = [
  { scheme: 'bearer', token: 'token' },
  { scheme: 'bearer', token: 'token', header: 'X-Api-Key' },
  { scheme: 'bearer', token: 'token', query: 'access_token' },
  { scheme: 'basic', users: [{ username: 'u', password: 'p' }] },
  { scheme: 'mutual-tls', names: ['CN=a'], fingerprints: ['00'.repeat(32)] },
  { scheme: 'address', allow: ['192.0.2.0/24', '2001:db8::/32'] },
  { scheme: 'address', allow: ['192.0.2.0/24'], proxies: 2 },
];

const knownHeaders = [
  ...signedSchemes.flatMap(({ sign }) => Object.keys(sign(Buffer.alloc(0), nowMs))),
  'authorization',
  'x-api-key',
  'x-forwarded-for',
  'webhook-request-origin',
];

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom(
    '',
    ',',
    '=',
    't=',
    't=1,v1=',
    'v1,',
    'v1a,',
    'Bearer ',
    'Basic =',
    '[::]:1',
    '%',
  ),
  fc.string({ maxLength: 3 }).map((text) => text.repeat(5000)),
);
const anyHeaders = fc.dictionary(
  fc.oneof(fc.constantFrom(...knownHeaders), fc.string({ maxLength: 30 })),
  fc.oneof(anyText, fc.array(anyText, { maxLength: 3 }), fc.constant(undefined)),
);
const anyRequest: fc.Arbitrary<WebhookRequest> = fc.record(
  {
    method: fc.constantFrom('GET', 'POST', 'OPTIONS', ''),
    path: fc.oneof(anyText, fc.constant('/?hub.mode=subscribe&hub.challenge=1&hub.verify_token=%')),
    headers: anyHeaders,
    rawBody: fc.oneof(bodies, fc.json({ maxDepth: 3 }).map(Buffer.from)),
    remoteAddress: fc.oneof(anyText, fc.ipV4(), fc.ipV6(), fc.constant(undefined)),
    peerCertificate: fc.record(
      {
        authorized: fc.boolean(),
        subject: fc.record({ CN: fc.oneof(anyText, fc.array(anyText)) }, { requiredKeys: [] }),
        subjectaltname: anyText,
        fingerprint256: anyText,
      },
      { requiredKeys: ['authorized'] },
    ),
    nowMs: fc.nat(),
  },
  { requiredKeys: ['method', 'path', 'headers', 'rawBody', 'remoteAddress', 'nowMs'] },
);

test('nothing that may come makes a verifier throw, and nothing forged is let in by a signature', () => {
  const signed = signedSchemes.map(({ declaration }) => declaration);
  const verifiers = signed.map((declaration) => verifierOf([declaration]));
  const unsigned = others.map((declaration) => verifierOf([declaration]));
  fc.assert(
    fc.property(anyRequest, (request) => {
      for (const verify of verifiers) assert.equal(verify(request).ok, false);
      for (const verify of unsigned) verify(request);
    }),
    { numRuns: 2000 },
  );
});

test('nothing that may come makes a handshake or the reading of an id throw', () => {
  const plans = [...signedSchemes.map(({ declaration }) => declaration), ...others].map((verify) =>
    toWebhookPlan({ verify, allowedOrigins: ['sender.example'] }),
  );
  const handshakes = plans.map(handshakesOf);
  const readers = plans.map(({ deliveryId }) => deliveryIdReader(deliveryId));
  fc.assert(
    fc.property(anyRequest, (request) => {
      for (const { beforeDelivery, inDelivery } of handshakes) {
        beforeDelivery(request);
        inDelivery(request);
      }
      for (const read of readers) read({ headers: request.headers, body: request.rawBody });
    }),
    { numRuns: 1000 },
  );
});

test('a refusal tells neither a secret nor the signature that would have been right', () => {
  fc.assert(
    fc.property(bodies, anyHeaders, (rawBody, headers) => {
      for (const { declaration, sign, signatureHeader } of signedSchemes) {
        const signature = sign(rawBody, nowMs)[signatureHeader] ?? '';
        const right = signature.match(/[\w+/-]{27,}/)?.[0] ?? signature;
        const verdict = verifierOf([declaration])(delivery({ headers, rawBody }));
        const told = JSON.stringify(verdict);
        assert.ok(!told.includes(right) && !told.includes('a secret of'), told);
      }
    }),
    { numRuns: 200 },
  );
});
