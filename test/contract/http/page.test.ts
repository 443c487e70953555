import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fastify } from 'fastify';
import type { ApiServer } from '../../../services/dashboard/api/api-parts.ts';
import { pageRoutes } from '../../../services/dashboard/api/page-routes.ts';
import type { ZodTypes } from '../../../services/dashboard/api/zod-compilers.ts';

let folder: string;
let server: ApiServer;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-page-'));
  await writeFile(join(folder, 'secret.txt'), 'not for the web');
  server = fastify().withTypeProvider<ZodTypes>();
  await pageRoutes(server, join(folder, 'web'));
});
after(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const get = (url: string) => server.inject({ url });

test('a page that was not built says so, and how to build it', async () => {
  const answer = await get('/');
  assert.equal(answer.statusCode, 503);
  assert.match(answer.headers['content-type'] ?? '', /^text\/html/);
  assert.match(answer.body, /npm run build/);
});

test('a page built meanwhile is served: itself always fresh, what is named after its content for ever', async () => {
  await mkdir(join(folder, 'web/assets'), { recursive: true });
  await writeFile(join(folder, 'web/index.html'), '<title>Millrace</title>');
  await writeFile(join(folder, 'web/assets/main-abc123.js'), 'run()');
  const page = await get('/');
  assert.equal(page.statusCode, 200);
  assert.equal(page.headers['cache-control'], 'no-cache');
  assert.ok(page.headers.etag);
  const script = await get('/assets/main-abc123.js');
  assert.equal(script.headers['cache-control'], 'public, max-age=31536000, immutable');
  assert.match(String(script.headers['content-type']), /javascript/);
  const again = await server.inject({ url: '/', headers: { 'if-none-match': page.headers.etag } });
  assert.equal(again.statusCode, 304);
});

test('nothing beside the page is served', async () => {
  const paths = [
    '/secret.txt',
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/%00',
    '/assets',
    '/assets/',
  ];
  for (const path of paths) {
    const { statusCode, body } = await get(path);
    assert.ok(statusCode >= 400, `${path} answered ${statusCode}`);
    assert.doesNotMatch(body, /not for the web/);
  }
});

test('whether a file lies beside the page is not told', async () => {
  for (const name of ['secret.txt', 'nothing.txt'])
    assert.equal((await get(`/..%2f${name}`)).statusCode, 404, name);
});
