import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isMillraceError } from '../../../core/errors.ts';
import {
  accessPolicy,
  foreignRequest,
  sameSecret,
} from '../../../services/dashboard/access/access-policy.ts';
import {
  hasSession,
  sessionCookie,
  sessionSeconds,
} from '../../../services/dashboard/access/session-cookie.ts';

const open = { host: '0.0.0.0', apiToken: undefined, trustNetwork: false };

test('an address that others reach is refused without a token, unless the network is trusted', () => {
  assert.throws(
    () => accessPolicy(open),
    (error) =>
      isMillraceError(error, 'ADDRESS_UNPROTECTED') && /MILLRACE_API_TOKEN/.test(error.message),
  );
  assert.equal(accessPolicy({ ...open, trustNetwork: true }).kind, 'network');
  assert.equal(accessPolicy({ ...open, apiToken: 'secret' }).kind, 'token');
  for (const host of ['127.0.0.1', '127.8.8.8', '::1', 'localhost'])
    assert.equal(accessPolicy({ ...open, host }).kind, 'loopback');
});

test('on loopback the Host names this machine and the Origin is our own', () => {
  for (const host of ['127.0.0.1:8080', 'localhost:8080', '[::1]:8080', 'LOCALHOST'])
    assert.equal(foreignRequest('loopback', { host, origin: undefined }), undefined, host);
  assert.equal(
    foreignRequest('loopback', { host: 'localhost:8080', origin: 'http://localhost:8080' }),
    undefined,
  );
  const foreign = [
    { host: 'evil.example:8080', origin: undefined },
    { host: '127.0.0.1.evil.example', origin: undefined },
    { host: 'dashboard:8080', origin: undefined },
    { host: '192.168.1.5:8080', origin: undefined },
    { host: undefined, origin: undefined },
    { host: '127.0.0.1:8080', origin: 'https://evil.example' },
    { host: '127.0.0.1:8080', origin: 'http://127.0.0.1:9999' },
    { host: '127.0.0.1:8080', origin: 'null' },
  ];
  for (const headers of foreign)
    assert.ok(foreignRequest('loopback', headers), JSON.stringify(headers));
});

test('on a trusted network the Host is an address or a name that nobody outside can have', () => {
  const own = ['127.0.0.1:8080', '192.168.1.5:8080', '[fd00::5]:8080', 'localhost:8080'];
  const names = ['dashboard:8080', 'PI.local', 'dashboard.city.svc.cluster.local:8080'];
  for (const host of [...own, ...names, 'host.docker.internal:8080', 'pi.home.arpa'])
    assert.equal(foreignRequest('network', { host, origin: `http://${host}` }), undefined, host);
  const foreign = [
    { host: 'rebound.example:8080', origin: undefined },
    { host: 'rebound.example.', origin: undefined },
    { host: '192.168.1.5.evil.example', origin: undefined },
    { host: 'evil.com:8080', origin: 'http://evil.com:8080' },
    { host: 'notlocal', origin: 'https://evil.com' },
    { host: '', origin: undefined },
    { host: undefined, origin: undefined },
  ];
  for (const headers of foreign)
    assert.match(
      foreignRequest('network', headers) ?? 'taken',
      /MILLRACE_API_TOKEN/,
      JSON.stringify(headers),
    );
});

test('secrets are the same only when they are equal', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      assert.equal(sameSecret(a, a), true);
      assert.equal(sameSecret(a, b), a === b);
    }),
  );
});

test('a session holds until its time, for its token, unchanged', () => {
  const nowMs = 1_700_000_000_000;
  const [cookie = '', ...attributes] = sessionCookie('secret', nowMs).split('; ');
  assert.ok(!cookie.includes('secret'));
  assert.ok(attributes.includes('HttpOnly') && attributes.includes('SameSite=Strict'));
  assert.equal(hasSession(`theme=dark; ${cookie}`, 'secret', nowMs), true);
  assert.equal(hasSession(cookie, 'secret', nowMs + sessionSeconds * 1000), false);
  assert.equal(hasSession(cookie, 'other', nowMs), false);
  assert.equal(hasSession(cookie.replace('=1', '=2'), 'secret', nowMs), false);
  assert.equal(hasSession(undefined, 'secret', nowMs), false);
  fc.assert(fc.property(fc.string(), (text) => hasSession(text, 'secret', nowMs) === false));
});
