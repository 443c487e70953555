import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import type { VerifyDeclaration } from '../../../core/config/verify-declaration.ts';
import type {
  CheckName,
  PeerCertificate,
  WebhookRequest,
} from '../../../services/webhook-ingress/verify/verdict.ts';
import { verifierOf } from '../../../services/webhook-ingress/verify/verifier-of.ts';
import {
  githubHeaders,
  slackHeaders,
  standardEd25519Headers,
  standardHeaders,
  stripeHeaders,
} from '../../support/sign-webhook.ts';
import { signedSchemes } from '../../support/signed-schemes.ts';

const nowMs = 1_790_000_000_000;
const body = '{"a":1}';
const rawBody = Buffer.from(body);

/** The name of the check that refuses, or undefined. */
function refusedBy(
  checks: VerifyDeclaration | readonly VerifyDeclaration[],
  over: Partial<WebhookRequest>,
): CheckName | undefined {
  const verdict = verifierOf([checks].flat())({
    method: 'POST',
    path: '/webhooks/shop',
    headers: {},
    rawBody,
    remoteAddress: '192.0.2.7',
    nowMs,
    ...over,
  });
  return verdict.ok ? undefined : verdict.check;
}

const oldKey = 'whsec_b2xkIGtleSBvZiB0aGUgc2VuZGVy';
const newKey = 'whsec_bmV3IGtleSBvZiB0aGUgc2VuZGVy';
const seed = 'VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk=';
const publicKey = 'whpk_ZlN4eg7dSSqi0moX9hQUk3orrOouK3QVQSlJa248c/g=';

test('while a secret is changed, signatures by the old and the new one are let in', () => {
  const both: VerifyDeclaration = { scheme: 'standard-webhooks', secret: [oldKey, newKey] };
  for (const secret of [oldKey, newKey])
    assert.equal(
      refusedBy(both, { headers: standardHeaders({ secret, body, atMs: nowMs }) }),
      undefined,
    );
  for (const secret of ['one', 'two']) {
    const declared: VerifyDeclaration = { scheme: 'github', secret: ['one', 'two'] };
    const headers = githubHeaders({ secret, body, atMs: nowMs });
    assert.equal(refusedBy(declared, { headers }), undefined);
    assert.equal(refusedBy({ ...declared, secret: 'three' }, { headers }), 'signature-wrong');
  }
});

test('of several signatures in a header, one that fits is enough', () => {
  const one = standardHeaders({ secret: oldKey, body, atMs: nowMs });
  const other = standardHeaders({ secret: newKey, body, atMs: nowMs });
  const ed25519 = standardEd25519Headers(seed, { body, atMs: nowMs });
  const signatures = [one, other, ed25519].map((headers) => headers['webhook-signature']).join(' ');
  const headers = { ...one, 'webhook-signature': `v9,x ${signatures}` };
  for (const secret of [oldKey, newKey, publicKey])
    assert.equal(refusedBy({ scheme: 'standard-webhooks', secret }, { headers }), undefined);
  const another = 'whsec_YW5vdGhlciBrZXkgYWx0b2dldGhlcg==';
  assert.equal(
    refusedBy({ scheme: 'standard-webhooks', secret: another }, { headers }),
    'signature-wrong',
  );
});

test('a header full of signatures costs no more than a few', () => {
  const verify = verifierOf([{ scheme: 'standard-webhooks', secret: [publicKey, oldKey] }]);
  const right = standardEd25519Headers(seed, { body, atMs: nowMs });
  const forged = `v1a,${Buffer.alloc(64, 7).toString('base64')} `.repeat(170);
  const of = (signature: string) =>
    verify({
      method: 'POST',
      path: '/',
      headers: { ...right, 'webhook-signature': signature },
      rawBody,
      remoteAddress: undefined,
      nowMs,
    }).ok;
  assert.equal(of(`v1a,x ${right['webhook-signature']}`), true);
  assert.equal(of(forged + right['webhook-signature']), false, 'beyond what is looked at');
});

test("a sender's public key is no secret to sign with, whatever version the signature names", () => {
  const asSecret = publicKey.replace('whpk_', 'whsec_');
  const { 'webhook-signature': signature, ...rest } = standardHeaders({
    secret: asSecret,
    body,
    atMs: nowMs,
  });
  for (const text of [signature, signature.replace('v1,', 'v1a,')])
    assert.equal(
      refusedBy(
        { scheme: 'standard-webhooks', secret: publicKey },
        { headers: { ...rest, 'webhook-signature': text } },
      ),
      'signature-wrong',
    );
});

test('the headers of Standard Webhooks may be named svix', () => {
  const headers = Object.fromEntries(
    Object.entries(standardHeaders({ secret: oldKey, body, atMs: nowMs })).map(([name, value]) => [
      name.replace('webhook', 'svix'),
      value,
    ]),
  );
  const declared = { scheme: 'standard-webhooks', secret: oldKey } as const;
  assert.equal(refusedBy({ ...declared, headers: 'svix' }, { headers }), undefined);
  assert.equal(refusedBy(declared, { headers }), 'signature-missing');
});

test('a captured delivery is not another one with the full stops of what was signed put elsewhere', () => {
  const declared: VerifyDeclaration = { scheme: 'standard-webhooks', secret: oldKey };
  const seconds = String(nowMs / 1000);
  const csv = `${seconds}.5,21.5`;
  const headers = standardHeaders({ secret: oldKey, body: csv, atMs: nowMs, id: 'msg' });
  assert.equal(refusedBy(declared, { headers, rawBody: Buffer.from(csv) }), undefined);
  const forged = { ...headers, 'webhook-id': `msg.${seconds}` };
  assert.equal(
    refusedBy(declared, { headers: forged, rawBody: Buffer.from('5,21.5') }),
    'signature-wrong',
  );
});

test('a delivery played again later is stale, and with a newer time it is forged', () => {
  const later = nowMs + 3_600_000;
  for (const { name, declaration, sign, timeHeader } of signedSchemes) {
    if (timeHeader === undefined) continue;
    const captured = sign(rawBody, nowMs);
    assert.equal(
      refusedBy(declaration, { headers: captured, nowMs: later }),
      'timestamp-stale',
      name,
    );
    const renewed = { ...captured, [timeHeader]: sign(rawBody, later)[timeHeader] };
    assert.equal(
      refusedBy(declaration, { headers: renewed, nowMs: later }),
      'signature-wrong',
      name,
    );
  }
});

test('a header that may come once is refused when it comes twice, in whatever way Node tells of it', () => {
  for (const { name, declaration, sign, signatureHeader } of signedSchemes) {
    const signed = sign(rawBody, nowMs);
    const right = signed[signatureHeader] ?? '';
    const listed = { ...signed, [signatureHeader]: [right, right] };
    assert.equal(refusedBy(declaration, { headers: listed }), 'header-repeated', name);
    const cased = { ...signed, [signatureHeader.toUpperCase()]: 'x' };
    assert.equal(refusedBy(declaration, { headers: cased }), 'header-repeated', name);
  }
  const joined = githubHeaders({ secret: 's', body, atMs: nowMs });
  const headers = {
    'x-hub-signature-256': `${joined['x-hub-signature-256']}, ${joined['x-hub-signature-256']}`,
  };
  assert.equal(refusedBy({ scheme: 'github', secret: 's' }, { headers }), 'signature-wrong');
});

test('a Stripe signature has one time: with two, one could be signed and the other judged', () => {
  const { 'stripe-signature': signature } = stripeHeaders({ secret: 's', body, atMs: 0 });
  const declared: VerifyDeclaration = { scheme: 'stripe', secret: 's' };
  const now = String(nowMs / 1000);
  for (const text of [`${signature},t=${now}`, `t=${now},${signature}`])
    assert.equal(
      refusedBy(declared, { headers: { 'stripe-signature': text } }),
      'timestamp-unreadable',
    );
});

test('times that are no plain count are unreadable', () => {
  const declared: VerifyDeclaration = { scheme: 'slack', secret: 's' };
  const signed = slackHeaders({ secret: 's', body, atMs: nowMs });
  const texts = ['-1', '1e9', '0x10', ' 1', '1.5', 'NaN', '١٢٣', '9'.repeat(16), '1790000000 '];
  for (const text of texts)
    assert.equal(
      refusedBy(declared, { headers: { ...signed, 'x-slack-request-timestamp': text } }),
      'timestamp-unreadable',
      text,
    );
});

test('what an HMAC signs may have any text around the body, also what looks like a pattern', () => {
  const signed = 'https://shop.example/webhooks/$&{body}#$1';
  const declared = { scheme: 'hmac', secret: 's', header: 'x-sig', signed } as const;
  const text = signed.replace('{body}', () => body);
  const headers = { 'x-sig': createHmac('sha256', 's').update(text).digest('hex') };
  assert.equal(refusedBy(declared, { headers }), undefined);
  assert.equal(refusedBy({ ...declared, signed: '{body}' }, { headers }), 'signature-wrong');
});

test('a declared tolerance holds instead of five minutes', () => {
  const headers = slackHeaders({ secret: 's', body, atMs: nowMs - 60_000 });
  const declared = { scheme: 'slack', secret: 's' } as const;
  assert.equal(refusedBy({ ...declared, tolerance: '1m' }, { headers }), undefined);
  assert.equal(refusedBy({ ...declared, tolerance: '59s' }, { headers }), 'timestamp-stale');
});

test('a bearer token stands in the Authorization header, in a header of its own, or in the address', () => {
  const token = ['old-token', 'new-token'];
  const inAuthorization: VerifyDeclaration = { scheme: 'bearer', token };
  const of = (authorization: string) => refusedBy(inAuthorization, { headers: { authorization } });
  assert.equal(of('Bearer old-token'), undefined);
  assert.equal(of('bearer new-token'), undefined);
  assert.equal(of('Bearer new-toke'), 'credentials-wrong');
  assert.equal(of('Bearer new-token,'), 'credentials-wrong');
  assert.equal(of('new-token'), 'credentials-missing');
  assert.equal(of('Bearer '), 'credentials-missing');
  assert.equal(of('Basic new-token'), 'credentials-missing');

  const inHeader: VerifyDeclaration = { scheme: 'bearer', token, header: 'X-Api-Key' };
  assert.equal(refusedBy(inHeader, { headers: { 'x-api-key': 'old-token' } }), undefined);
  assert.equal(refusedBy(inHeader, { headers: { 'x-api-key': '' } }), 'credentials-missing');

  const inAddress: VerifyDeclaration = { scheme: 'bearer', token, query: 'key' };
  const at = (path: string) => refusedBy(inAddress, { path });
  assert.equal(at('/webhooks/shop?a=1&key=new-token'), undefined);
  assert.equal(at('/webhooks/shop?key=new-token&key=x'), 'header-repeated');
  assert.equal(at('/webhooks/shop?key=wrong'), 'credentials-wrong');
  assert.equal(at('/webhooks/shop'), 'credentials-missing');
});

test('a user gets in with the password of that user only', () => {
  const users = [
    { username: 'shop', password: 'pass:word' },
    { username: 'größe', password: 'straße' },
  ];
  const of = (credentials: string) =>
    refusedBy(
      { scheme: 'basic', users },
      { headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` } },
    );
  assert.equal(of('shop:pass:word'), undefined);
  assert.equal(of('größe:straße'), undefined);
  for (const wrong of ['shop:straße', 'shop', ':', 'sho:ppass:word', 'shop:pass:word\0'])
    assert.equal(of(wrong), 'credentials-wrong', wrong);
});

test("a sender's certificate counts when an authority has signed it and its name or fingerprint is known", () => {
  const fingerprint256 = `AB:${'01:'.repeat(30)}CD`;
  const certificate: PeerCertificate = {
    authorized: true,
    subject: { CN: 'gateway-7' },
    subjectaltname: 'DNS:gateway-7.example, URI:spiffe://example/gateway',
    fingerprint256,
  };
  const of = (
    declared: { names?: string[]; fingerprints?: string[] },
    peerCertificate: PeerCertificate,
  ) => refusedBy({ scheme: 'mutual-tls', ...declared }, { peerCertificate });
  assert.equal(of({}, certificate), undefined);
  assert.equal(of({}, { ...certificate, authorized: false }), 'certificate-wrong');
  assert.equal(refusedBy({ scheme: 'mutual-tls' }, {}), 'certificate-missing');
  for (const name of ['CN=gateway-7', 'DNS:gateway-7.example', 'URI:spiffe://example/gateway'])
    assert.equal(of({ names: ['CN=other', name] }, certificate), undefined, name);
  assert.equal(of({ names: ['CN=gateway'] }, certificate), 'certificate-wrong');
  const fingerprints = [fingerprint256.replaceAll(':', '').toLowerCase()];
  assert.equal(of({ fingerprints }, certificate), undefined);
  assert.equal(of({ fingerprints: ['00'.repeat(32)] }, certificate), 'certificate-wrong');
  assert.equal(of({ fingerprints }, { authorized: true }), 'certificate-wrong');
});

test('a certificate whose name pretends to be two is none of either', () => {
  const names = ['DNS:trusted.example', 'CN=trusted'];
  const of = (peerCertificate: PeerCertificate) =>
    refusedBy({ scheme: 'mutual-tls', names }, { peerCertificate });
  const subjectaltname = 'DNS:"evil.example, DNS:trusted.example, DNS:evil.example"';
  assert.equal(of({ authorized: true, subjectaltname }), 'certificate-wrong');
  assert.equal(of({ authorized: true, subject: { CN: ['trusted', 'evil'] } }), 'certificate-wrong');
});

test('an address is allowed by itself or by its range, also when IPv4 is written as IPv6', () => {
  const allow = ['192.0.2.7', '198.51.100.0/24', '2001:db8::/32', '::1'];
  const of = (remoteAddress: string | undefined) =>
    refusedBy({ scheme: 'address', allow }, { remoteAddress });
  const allowed = [
    '192.0.2.7',
    '::ffff:192.0.2.7',
    '::ffff:c000:207',
    '198.51.100.255',
    '2001:db8:ffff::1',
    '2001:DB8::1%eth0',
    '::1',
  ];
  for (const address of allowed) assert.equal(of(address), undefined, address);
  const refused = ['192.0.2.8', '198.51.101.0', '2001:db9::', '::ffff:192.0.2.8', '::', '', 'x'];
  for (const address of refused) assert.equal(of(address), 'address-refused', address);
  assert.equal(of(undefined), 'address-refused');
});

test('behind proxies the address counts that the outermost of them was called from, not what the caller says', () => {
  const of = (forwarded: string | string[] | undefined, proxies: number) =>
    refusedBy(
      { scheme: 'address', allow: ['198.51.100.0/24'], proxies },
      { headers: { 'x-forwarded-for': forwarded }, remoteAddress: '10.0.0.1' },
    );
  assert.equal(of('198.51.100.1', 1), undefined);
  assert.equal(of('198.51.100.1, 10.0.0.2', 2), undefined);
  assert.equal(of(['198.51.100.1', '10.0.0.2'], 2), undefined);
  assert.equal(of('198.51.100.1:4711, [2001:db8::1]:80', 2), undefined);
  assert.equal(of('198.51.100.1, 203.0.113.9', 1), 'address-refused', 'said by the caller');
  assert.equal(of('198.51.100.1', 2), 'address-refused', 'came around a proxy');
  assert.equal(of('198.51.100.1', 0), 'address-refused');
  for (const text of [undefined, '', ',', 'unknown', '_hidden', '198.51.100.1%eth0x, a'])
    assert.equal(of(text, 1), 'address-refused', text);
});

test('of several schemes all must hold, and the first that does not is told', () => {
  const checks: readonly VerifyDeclaration[] = [
    { scheme: 'address', allow: ['192.0.2.0/24'] },
    { scheme: 'github', secret: 's' },
  ];
  const headers = githubHeaders({ secret: 's', body, atMs: nowMs });
  assert.equal(refusedBy(checks, { headers }), undefined);
  assert.equal(refusedBy(checks, {}), 'signature-missing');
  assert.equal(refusedBy(checks, { headers, remoteAddress: '203.0.113.1' }), 'address-refused');
});

test('with none everything is let in', () => {
  assert.equal(refusedBy({ scheme: 'none' }, { remoteAddress: undefined }), undefined);
});
