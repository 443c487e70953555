import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultSentence } from '../../../core/config/fault.ts';
import { FaultList } from '../../../core/config/fault-list.ts';
import { webhookSchema } from '../../../core/config/webhook-declaration.ts';
import { toWebhookPlan } from '../../../core/config/webhook-plan.ts';

/** One sentence a fault, as `millrace check` prints them. */
function faultsOf(webhook: unknown): string[] {
  const list = new FaultList();
  list.parse(['webhook'], webhookSchema, webhook);
  return list.faults.map(faultSentence);
}

const standardKey = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

test('every scheme is taken as it is documented', () => {
  const schemes = [
    { scheme: 'standard-webhooks', secret: [standardKey, 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'] },
    {
      scheme: 'standard-webhooks',
      secret: 'whpk_ZlN4eg7dSSqi0moX9hQUk3orrOouK3QVQSlJa248c/g=',
      headers: 'svix',
      tolerance: '1m',
    },
    { scheme: 'stripe', secret: 's', tolerance: '10s' },
    { scheme: 'github', secret: ['s', 't'] },
    { scheme: 'meta', secret: 's', verifyToken: 't' },
    { scheme: 'shopify', secret: 's' },
    { scheme: 'slack', secret: 's' },
    { scheme: 'hmac', secret: 's', header: 'X-Sig' },
    { scheme: 'bearer', token: 't' },
    { scheme: 'bearer', token: ['t', 'u'], header: 'X-Api-Key' },
    { scheme: 'basic', users: [{ username: 'u', password: 'p' }] },
    { scheme: 'mutual-tls' },
    { scheme: 'mutual-tls', names: ['CN=a', 'DNS:a.b'], fingerprints: ['ab'.repeat(32)] },
    { scheme: 'address', allow: ['192.0.2.1', '::/0'], proxies: 2 },
    { scheme: 'none' },
  ];
  for (const verify of schemes) assert.deepEqual(faultsOf({ verify }), [], verify.scheme);
  assert.deepEqual(faultsOf({ verify: schemes.slice(0, -1) }), []);
});

test('a webhook must say how its senders prove themselves', () => {
  assert.match(faultsOf({}).join(), /webhook\.verify: expected how the sender .*came nothing/);
  assert.match(faultsOf({ verify: [] }).join(), /at least one scheme/);
  assert.match(
    faultsOf({ verify: { scheme: 'stripes', secret: 's' } }).join(),
    /webhook\.verify\.scheme: .*came "stripes"/,
  );
});

test('none stands alone', () => {
  const verify = [{ scheme: 'none' }, { scheme: 'github', secret: 's' }];
  assert.match(faultsOf({ verify }).join(), /no other scheme beside none/);
});

test('an empty or missing secret is refused, by its place', () => {
  const of = (secret: unknown) => faultsOf({ verify: [{ scheme: 'github', secret }] }).join();
  assert.match(of(''), /webhook\.verify\[0\]\.secret/);
  assert.match(of(undefined), /webhook\.verify\[0\]\.secret/);
  assert.match(of([]), /at least one secret/);
  assert.match(of(['s', '']), /webhook\.verify\[0\]\.secret\[1\]/);
  assert.match(
    of({ secret: 'SHOP', value: undefined }),
    /in the environment as SHOP.*; came nothing\./,
  );
  const standard = { scheme: 'standard-webhooks' };
  for (const secret of ['whsec_', 'whsec_not base64', 'whpk_c2hvcnQ=', 'whsec_ab=c'])
    assert.match(faultsOf({ verify: { ...standard, secret } }).join(), /whsec_ and base64/, secret);
  assert.match(faultsOf({ verify: { scheme: 'bearer', token: 'a b' } }).join(), /without blanks/);
});

test('no fault shows a secret, wherever it stands', () => {
  const hidden = 'hunter2 hunter2';
  const value = { secret: 'NAME', value: hidden };
  const wrong = [
    { verify: { scheme: 'standard-webhooks', secret: hidden } },
    { verify: { scheme: 'standard-webhooks', secret: [standardKey, hidden] } },
    { verify: { scheme: 'bearer', token: hidden } },
    { verify: { scheme: 'bearer', token: [value] } },
    { verify: { scheme: 'meta', secret: 's', verifyToken: hidden } },
    { verify: hidden },
    { verify: [hidden] },
    { verify: { scheme: 'hmac', secret: hidden, header: 'X-Sig', signed: 'x' } },
    { verify: { scheme: 'hmac', secret: value, header: 'a b' } },
    { verify: [{ scheme: 'none' }, { scheme: 'github', secret: hidden }] },
    { verify: [{ scheme: 'none' }, { scheme: 'github', secret: value }] },
    { verify: { scheme: 'basic', users: { username: 'u', password: hidden } } },
    { verify: { scheme: 'basic', users: [{ username: 'a:b', password: hidden }] } },
    { verify: { scheme: 'basic', users: [hidden] } },
    { verify: { scheme: 'bearer', token: 't', header: 'a', query: 'b' } },
    { verify: { scheme: 'github', secret: 's', password: hidden } },
    { verify: { scheme: 'github', secret: 's', secrets: [hidden] } },
    { verify: { scheme: 'github', secrets: hidden } },
  ];
  for (const webhook of wrong) {
    const faults = faultsOf(webhook).join('\n');
    assert.notEqual(faults, '', JSON.stringify(webhook));
    assert.doesNotMatch(faults, /hunter2/);
  }
});

test('an HMAC signs its body, and a time that it reads', () => {
  const of = (more: object) =>
    faultsOf({ verify: { scheme: 'hmac', secret: 's', header: 'X-Sig', ...more } }).join();
  const timestamp = { header: 'X-Time' };
  assert.equal(of({ signed: '{timestamp}.{body}', timestamp }), '');
  assert.match(
    of({ signed: '{timestamp}.{body}' }),
    /verify\.timestamp: .*\{timestamp\} is signed/,
  );
  assert.match(of({ timestamp }), /verify\.signed: .*proves nothing/);
  assert.match(of({ signed: 'v0' }), /\{body\} in it once/);
  assert.match(of({ tolerance: '1m' }), /verify\.tolerance: expected it absent/);
  assert.match(of({ algorithm: 'md5' }), /one of sha1/);
});

test('what else can not be is refused with what was expected', () => {
  const verify = { scheme: 'none' };
  const cases: readonly [object, RegExp][] = [
    [{ verify: { scheme: 'address', allow: [] } }, /at least one/],
    [{ verify: { scheme: 'address', allow: ['10.0.0.0/33'] } }, /an address or a range/],
    [{ verify: { scheme: 'address', allow: ['::1'], proxies: -1 } }, /from 0 to 10/],
    [{ verify: { scheme: 'mutual-tls', names: ['gateway'] } }, /CN=gateway-7/],
    [{ verify: { scheme: 'mutual-tls', fingerprints: ['ab'] } }, /64 hex digits/],
    [{ verify, deliveryId: { path: '$..id' } }, /a path such as \$\.id/],
    [{ verify, deliveryId: { header: 'a b' } }, /a header's name/],
    [{ verify, deliveryId: 'id' }, /\{ header: 'X-Delivery-Id' \}/],
    [{ verify, maxBytes: '1' }, /a size such as/],
    [{ verify, maxBytes: '33MB' }, /32MB at most/],
    [{ verify, maxInflatedBytes: '1GB' }, /32MB at most/],
    [{ verify, maxDepth: 0 }, /from 1 to 1000/],
    [{ verify, rate: { perSecond: 0 } }, /a number above 0/],
    [{ verify, dedupe: 'forever' }, /a span such as/],
    [{ verify, allowedOrigins: ['https://a'] }, /a sender's host name/],
    [{ verify, tolerance: '5m' }, /one of verify, deliveryId/],
  ];
  for (const [webhook, expected] of cases) assert.match(faultsOf(webhook).join(), expected);
});

test('a webhook has bounds when it declares none', () => {
  const { maxBytes, maxInflatedBytes, maxDepth, rate, dedupeMs } = toWebhookPlan({
    verify: { scheme: 'none' },
  });
  assert.deepEqual(
    { maxBytes, maxInflatedBytes, maxDepth, rate, dedupeMs },
    {
      maxBytes: 1e6,
      maxInflatedBytes: 10e6,
      maxDepth: 64,
      rate: undefined,
      dedupeMs: 7 * 86_400_000,
    },
  );
});

test('what a body may inflate to is never less than what it may be', () => {
  const { maxInflatedBytes } = toWebhookPlan({ verify: { scheme: 'none' }, maxBytes: '20MB' });
  assert.equal(maxInflatedBytes, 20e6);
});
