import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import { isMillraceError } from '../../../core/errors.ts';
import type { ApiProblem } from '../../../services/dashboard/api-types.ts';
import { startTestDashboard } from '../../support/start-test-dashboard.ts';

const token = 'a-long-and-secret-token';

/** `fetch` doesn't let the Host be set. */
function statusFor(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers }, (response) => {
      response.destroy();
      resolve(response.statusCode ?? 0);
    });
    asked.once('error', reject);
    asked.end();
  });
}

test('with a token everything but health, page and session asks for it', async () => {
  const dashboard = await startTestDashboard({ settings: { apiToken: token } });
  try {
    const status = async (path: string, headers: Record<string, string> = {}) =>
      (await fetch(`${dashboard.url}${path}`, { headers })).status;
    const closed = ['/api/v1/entities', '/api/v1/live', '/metrics', '/openapi.json', '/docs'];
    for (const path of [...closed, '/registry/subjects', '/api/v1/unknown'])
      assert.equal(await status(path), path === '/api/v1/unknown' ? 404 : 401, path);
    for (const path of ['/livez', '/readyz']) assert.equal(await status(path), 200, path);
    assert.notEqual(await status('/'), 401);
    assert.equal(await status('/api/v1/entities', { authorization: `Bearer ${token}` }), 200);
    assert.equal(await status('/api/v1/entities', { authorization: `Bearer ${token}x` }), 401);
    const basic = Buffer.from(`anyone:${token}`).toString('base64');
    assert.equal(await status('/registry/subjects', { authorization: `Basic ${basic}` }), 200);
    const refused = await fetch(`${dashboard.url}/api/v1/entities`);
    assert.match(refused.headers.get('www-authenticate') ?? '', /^Bearer/);
    const { type } = (await refused.json()) as ApiProblem;
    assert.equal(type, 'urn:millrace:problem:token-missing');
  } finally {
    await dashboard.stop();
  }
});

test('a token is exchanged for a cookie that opens the live feed', async () => {
  const dashboard = await startTestDashboard({ settings: { apiToken: token } });
  try {
    const exchange = (given: unknown) =>
      fetch(`${dashboard.url}/api/v1/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(given),
      });
    assert.equal((await exchange({ token: 'wrong' })).status, 401);
    assert.equal((await exchange({})).status, 400);
    const granted = await exchange({ token });
    assert.equal(granted.status, 204);
    const setCookie = granted.headers.get('set-cookie') ?? '';
    assert.match(setCookie, /HttpOnly; SameSite=Strict/);
    assert.ok(!setCookie.includes(token));
    const cookie = setCookie.split(';')[0] ?? '';
    assert.equal(await statusFor(`${dashboard.url}/api/v1/live`, { cookie }), 200);
    assert.equal(await statusFor(`${dashboard.url}/api/v1/live`, { cookie: `${cookie}x` }), 401);
  } finally {
    await dashboard.stop();
  }
});

test('without a token, pages of other sites are refused by Host and Origin', async () => {
  const dashboard = await startTestDashboard();
  try {
    const address = `${dashboard.url}/api/v1/entities`;
    const { host, port } = new URL(address);
    assert.equal(await statusFor(address, { host }), 200);
    assert.equal(await statusFor(address, { host: `localhost:${port}` }), 200);
    assert.equal(await statusFor(address, { host, origin: dashboard.url }), 200);
    assert.equal(await statusFor(address, { host: `rebound.example:${port}` }), 403);
    assert.equal(await statusFor(dashboard.url, { host: `rebound.example:${port}` }), 403);
    assert.equal(await statusFor(address, { host, origin: 'https://elsewhere.example' }), 403);
    assert.equal(await statusFor(address, { host, origin: 'null' }), 403);
  } finally {
    await dashboard.stop();
  }
});

test('on a trusted network a page of another site is refused, a service or a scraper is not', async () => {
  const settings = { host: '0.0.0.0', trustNetwork: true };
  const dashboard = await startTestDashboard({ settings });
  try {
    const { port } = new URL(dashboard.url);
    const local = `http://127.0.0.1:${port}`;
    for (const path of ['/', '/metrics', '/api/v1/entities'])
      assert.equal(await statusFor(`${local}${path}`, { host: 'rebound.example' }), 403, path);
    for (const host of [`127.0.0.1:${port}`, 'dashboard:8080', '172.18.0.7:8080'])
      assert.equal(await statusFor(`${local}/metrics`, { host }), 200, host);
  } finally {
    await dashboard.stop();
  }
});

test('a start on an address that others reach is refused without credentials', async () => {
  const open = { host: '0.0.0.0' };
  await assert.rejects(startTestDashboard({ settings: open }), (error) =>
    isMillraceError(error, 'ADDRESS_UNPROTECTED'),
  );
  const trusted = await startTestDashboard({ settings: { ...open, trustNetwork: true } });
  await trusted.stop();
});

test('a port that is taken is named with its setting', async () => {
  const first = await startTestDashboard();
  try {
    const httpPort = Number(new URL(first.url).port);
    await assert.rejects(
      startTestDashboard({ settings: { httpPort } }),
      (error) =>
        isMillraceError(error, 'PORT_TAKEN') &&
        error.message.includes(String(httpPort)) &&
        error.message.includes('MILLRACE_HTTP_PORT'),
    );
  } finally {
    await first.stop();
  }
});

test('every answer carries the headers that protect a page', async () => {
  const dashboard = await startTestDashboard();
  try {
    for (const path of ['/', '/api/v1/entities', '/nothing', '/api/v1/live']) {
      const abort = new AbortController();
      const { headers } = await fetch(`${dashboard.url}${path}`, { signal: abort.signal });
      abort.abort();
      assert.match(headers.get('content-security-policy') ?? '', /worker-src 'self' blob:/, path);
      assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
    }
  } finally {
    await dashboard.stop();
  }
});
