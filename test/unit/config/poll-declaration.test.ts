import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPipeline } from '../../../core/config/check-pipeline.ts';
import { faultSentence } from '../../../core/config/fault.ts';
import { secret } from '../../../core/config/secret.ts';
import { itemFormat } from '../../support/open-poll-room.ts';

/** One sentence a fault, and a warning, as `millrace check` prints them. */
function checked(poll: unknown): { faults: string[]; warnings: readonly string[] } {
  const declaration = {
    name: 'polled',
    models: { thing: { fields: { value: { kind: 'number' } } } },
    sources: { things: { format: itemFormat, poll } },
  };
  const result = checkPipeline(declaration, process.cwd());
  const faults = 'faults' in result ? result.faults.map(faultSentence) : [];
  return { faults, warnings: result.warnings };
}

const least = { url: 'https://api.example.com/v1/things', every: '30s' };

test('the least that a poll says is where and how often', () => {
  assert.deepEqual(checked(least), { faults: [], warnings: [] });
  const { faults } = checked({});
  assert.match(faults.join('\n'), /sources\.things\.poll\.url: expected an http or https address/);
  assert.match(faults.join('\n'), /sources\.things\.poll\.every: expected a span/);
});

test('every way to sign in, and every way of pages, is taken as it is documented', () => {
  const auths = [
    { type: 'bearer', token: 't' },
    { type: 'basic', username: 'u', password: 'p' },
    { type: 'apiKey', header: 'X-Api-Key', token: 'k' },
    { type: 'apiKey', query: 'key', token: 'k' },
    {
      type: 'oauth2',
      tokenUrl: 'https://id.example.com/token',
      clientId: 'c',
      clientSecret: 's',
      scope: 'read write',
      parameters: { audience: 'x' },
      clientAuth: 'post',
    },
  ];
  for (const auth of auths) assert.deepEqual(checked({ ...least, auth }).faults, [], auth.type);
  const items = '$.items[*]';
  const ways = [
    { by: 'cursor', path: '$.next', param: 'after', more: '$.more', max: 50 },
    { by: 'page', param: 'page', first: 0, size: 100, sizeParam: 'per_page', total: '$.pages' },
    { by: 'offset', param: 'offset', size: 100, sizeParam: 'limit' },
    { by: 'link', rel: 'next' },
    { by: 'url', path: '$.links.next' },
  ];
  for (const pages of ways)
    assert.deepEqual(checked({ ...least, items, pages }).faults, [], pages.by);
});

test('only http and https are asked, and no address holds a password', () => {
  for (const url of ['ftp://a/b', 'file:///etc/passwd', 'https://ann:pw@a/', '/relative', 7])
    assert.match(checked({ ...least, url }).faults.join(), /http or https address/, `${url}`);
});

test('what does not fit together is told with its place', () => {
  const faultsOf = (poll: object) => checked({ ...least, ...poll }).faults.join('\n');
  assert.match(faultsOf({ every: '100ms' }), /poll\.every: expected a span of 1s or more/);
  assert.match(faultsOf({ body: {}, graphql: { query: '{a}' } }), /either body or graphql/);
  assert.match(
    faultsOf({ pages: { by: 'page', param: 'p' } }),
    /poll\.items: expected a JSONPath to the items/,
  );
  assert.match(faultsOf({ items: '$.[' }), /poll\.items: expected a JSONPath \(RFC 9535/);
  assert.match(
    faultsOf({ items: 'items' }),
    /poll\.items: expected a JSONPath that begins with \$/,
  );
  assert.match(
    faultsOf({ pages: { by: 'pages' } }),
    /by: one of cursor, page, offset, link, url \(did you mean page\?\)/,
  );
  assert.match(faultsOf({ auth: { type: 'apiKey', token: 'k' } }), /either header or query/);
  assert.match(faultsOf({ auth: { type: 'token' } }), /type: one of bearer, basic, apiKey, oauth2/);
  assert.match(faultsOf({ pages: { by: 'link', relation: 'next' } }), /poll\.pages\.relation/);
  assert.match(
    faultsOf({ redirects: ['https://a.example/'] }),
    /poll\.redirects\[0\]: expected a host/,
  );
});

test('a secret that is missing is named by its variable, and no fault shows one', () => {
  const missing = checked({ ...least, auth: { type: 'bearer', token: secret('NO_SUCH_TOKEN') } });
  assert.match(missing.faults.join(), /a secret in the environment as NO_SUCH_TOKEN/);
  const auth = { type: 'oauth2', tokenUrl: 'nowhere', clientId: 'c', clientSecret: 123456789 };
  const shown = checked({ ...least, auth }).faults.join('\n');
  assert.match(shown, /tokenUrl/);
  assert.doesNotMatch(shown, /123456789/);
});

test('credentials over plain http are warned of, but for this machine', () => {
  const auth = { type: 'bearer', token: 't' };
  const warned = checked({ ...least, url: 'http://api.example.com/', auth });
  assert.match(warned.warnings.join(), /poll\.url: The credentials go over http/);
  const onThisMachine = checked({ ...least, url: 'http://127.0.0.1:9/', auth }).warnings.join();
  assert.doesNotMatch(onThisMachine, /go over http/);
});

test('a secret that stands in the configuration as a text is warned of with its place, and never shown', () => {
  process.env.THINGS_SECRET = 'of-the-environment';
  const named = secret('THINGS_SECRET');
  delete process.env.THINGS_SECRET;
  const oauth2 = {
    type: 'oauth2',
    tokenUrl: 'https://api.example.com/token',
    clientId: 'bi',
    parameters: { audience: 'orders' },
  };
  const ways: readonly [poll: object, path: string][] = [
    [{ auth: { type: 'bearer', token: 'hidden' } }, 'auth.token'],
    [{ auth: { type: 'basic', username: 'bi', password: 'hidden' } }, 'auth.password'],
    [{ auth: { type: 'apiKey', header: 'X-Key', token: 'hidden' } }, 'auth.token'],
    [{ auth: { type: 'apiKey', query: 'key', token: 'hidden' } }, 'auth.token'],
    [{ auth: { ...oauth2, clientSecret: 'hidden' } }, 'auth.clientSecret'],
    [{ headers: { Authorization: 'hidden', Accept: 'text/csv' } }, 'headers.Authorization'],
    [{ headers: { 'X-Api-Key': 'hidden', 'X-Tenant': 'north' } }, 'headers.X-Api-Key'],
    [{ headers: { Cookie: 'hidden' } }, 'headers.Cookie'],
  ];
  for (const [poll, path] of ways) {
    const { warnings } = checked({ ...least, ...poll });
    assert.equal(warnings.length, 1, path);
    assert.ok(
      warnings[0]?.startsWith(`sources.things.poll.${path}: a secret stands here`),
      warnings[0],
    );
    assert.doesNotMatch(warnings.join(), /hidden/);
  }
  const headers = { Authorization: named, Accept: 'text/csv' };
  for (const auth of [
    { type: 'bearer', token: named },
    { type: 'basic', username: 'bi', password: named },
    { ...oauth2, clientSecret: named },
  ])
    assert.deepEqual(checked({ ...least, auth, headers }), { faults: [], warnings: [] });
});
