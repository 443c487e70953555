import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PollAuth, PollDeclaration } from '../../../core/config/poll-declaration.ts';
import { pollStatesTopic, pollsTopic } from '../../../core/topics.ts';
import { OAuthTokens } from '../../../services/poll-ingress/oauth-tokens.ts';
import { openPollRoom, type PollRoom, pollPipeline } from '../../support/open-poll-room.ts';
import { recordsOf } from '../../support/start-enricher-room.ts';
import { type Answer, type Got, sendJson, startProvider } from '../../support/start-provider.ts';

const item = { id: 'a', at: '2026-01-01T00:00:00Z', value: 1 };
const secretWord = 'very-secret-word-4711';

/** Polls once, and gives what the provider got. */
async function requestWith(auth: PollAuth, more: Partial<PollDeclaration> = {}): Promise<Got> {
  const provider = await startProvider((_got, response) => sendJson(response, [item]));
  const url = `${provider.address}/things`;
  const poll = { url, every: '1h', items: '$[*]', auth, ...more };
  const room = await openPollRoom(pollPipeline(poll));
  try {
    await room.start();
    await room.untilState(({ lastSuccessAtMs }) => lastSuccessAtMs !== null);
    return provider.got[0] as Got;
  } finally {
    await room.close();
    await provider.close();
  }
}

test('bearer, basic, and API keys in a header or the query go out as declared', async () => {
  const bearer = await requestWith({ type: 'bearer', token: 't0ken' });
  assert.equal(bearer.headers.authorization, 'Bearer t0ken');
  const basic = await requestWith({ type: 'basic', username: 'ann', password: 'pässword' });
  const pair = Buffer.from('ann:pässword').toString('base64');
  assert.equal(basic.headers.authorization, `Basic ${pair}`);
  const header = await requestWith({ type: 'apiKey', header: 'X-Api-Key', token: 'k3y' });
  assert.equal(header.headers['x-api-key'], 'k3y');
  const query = await requestWith({ type: 'apiKey', query: 'key', token: 'a&b' });
  assert.equal(query.url.searchParams.get('key'), 'a&b');
});

test('headers of the configuration go out, and take the place of ours', async () => {
  const headers = { Accept: 'application/vnd.api+json', 'X-Tenant': 'north' };
  const got = await requestWith({ type: 'bearer', token: 't' }, { headers });
  assert.equal(got.headers.accept, 'application/vnd.api+json');
  assert.equal(got.headers['x-tenant'], 'north');
});

/** A provider whose tokens are counted, and that takes only those which `isTaken` says. */
async function startOAuthProvider(options: {
  readonly expiresIn?: number;
  readonly isTaken?: (token: string) => boolean;
}) {
  const tokens: string[] = [];
  const provider = await startProvider((got, response) => {
    if (got.url.pathname === '/token') {
      tokens.push(`token-${tokens.length + 1}`);
      const answer = { access_token: tokens.at(-1), token_type: 'Bearer' };
      sendJson(response, { ...answer, expires_in: options.expiresIn ?? 3600 });
      return;
    }
    const token = got.headers.authorization?.replace('Bearer ', '') ?? '';
    if (options.isTaken?.(token) ?? true) sendJson(response, [item]);
    else sendJson(response, {}, { status: 401 });
  });
  const auth = {
    type: 'oauth2',
    tokenUrl: `${provider.address}/token`,
    clientId: 'ann',
    clientSecret: secretWord,
    scope: 'read',
    parameters: { audience: 'things' },
  } as const;
  return { provider, tokens, auth };
}

const bounds = { timeoutMs: 5000, signal: new AbortController().signal };

test('an OAuth2 token is asked for once by many, and again shortly before it ends', async () => {
  const { auth, provider, tokens } = await startOAuthProvider({ expiresIn: 600 });
  let nowMs = 1_000_000;
  const keeper = new OAuthTokens(() => nowMs);
  try {
    const texts = await Promise.all(Array.from({ length: 20 }, () => keeper.token(auth, bounds)));
    assert.deepEqual(new Set(texts), new Set(['token-1']));
    assert.equal(tokens.length, 1);
    const [asked] = provider.got;
    assert.equal(asked?.method, 'POST');
    const form = new URLSearchParams(asked?.body);
    assert.equal(form.get('grant_type'), 'client_credentials');
    assert.equal(form.get('scope'), 'read');
    assert.equal(form.get('audience'), 'things');
    assert.match(asked?.headers.authorization ?? '', /^Basic /);
    nowMs += 530_000;
    assert.equal(await keeper.token(auth, bounds), 'token-1');
    nowMs += 15_000;
    assert.equal(await keeper.token(auth, bounds), 'token-2', '55 s before its end');
    keeper.forget(auth, 'token-1');
    assert.equal(await keeper.token(auth, bounds), 'token-2', 'another was forgotten');
    keeper.forget(auth, 'token-2');
    assert.equal(await keeper.token(auth, bounds), 'token-3');
  } finally {
    await provider.close();
  }
});

test('a token that the provider refuses (401) is renewed at once, once', async () => {
  const { auth, provider, tokens } = await startOAuthProvider({
    isTaken: (token) => token === 'token-2',
  });
  const url = `${provider.address}/things`;
  const poll = { url, every: '1h', items: '$[*]', auth };
  const room = await openPollRoom(pollPipeline(poll));
  try {
    await room.start();
    const state = await room.untilState(({ lastSuccessAtMs }) => lastSuccessAtMs !== null);
    assert.equal(state.failures, 0);
    assert.equal(tokens.length, 2);
  } finally {
    await room.close();
    await provider.close();
  }
});

test('a token server that refuses is a failure with its reason, in no secret words', async () => {
  const provider = await startProvider((_got, response) =>
    sendJson(response, { error: 'invalid_client', error_description: secretWord }, { status: 401 }),
  );
  const auth: PollAuth = {
    type: 'oauth2',
    tokenUrl: `${provider.address}/token`,
    clientId: 'ann',
    clientSecret: secretWord,
  };
  const room = await openPollRoom(
    pollPipeline({ url: `${provider.address}/x`, every: '1s', auth }),
  );
  try {
    await room.start();
    const { problem } = await room.untilState(({ failures }) => failures > 0);
    assert.match(problem ?? '', /token server .*\/token refuses: invalid_client/);
    await assertNowhere(room, secretWord);
  } finally {
    await room.close();
    await provider.close();
  }
});

/** In no log line, metric, state, ask or dead letter, and not in its base64 either. */
async function assertNowhere(room: PollRoom, secret: string): Promise<void> {
  const base64 = Buffer.from(secret).toString('base64').slice(2, -4);
  const topics = [pollStatesTopic, pollsTopic, 'deadletters.v1', 'readings.raw.v1'];
  const kept = await Promise.all(topics.map((topic) => recordsOf(room.log, topic)));
  const texts = kept.flat().map(({ key, value }) => key + (value?.toString('latin1') ?? ''));
  const all = [...room.logLines, await room.context.metrics.metrics(), ...texts].join('\n');
  for (const word of [secret, base64, encodeURIComponent(secret)])
    assert.ok(
      !all.includes(word),
      `${word} is in ${all.slice(Math.max(0, all.indexOf(word) - 200))}`,
    );
}

test('no secret gets into state, log lines, metrics or dead letters, whatever the provider repeats', async () => {
  let n = 0;
  const answer: Answer = ({ url }, response) => {
    n++;
    const key = url.searchParams.get('key') ?? '';
    // The next page's address with the key in it, as some give it; then errors that repeat it.
    if (n === 1)
      sendJson(response, {
        items: [{ ...item, at: 'no time' }],
        next: `/things?page=2&key=${key}`,
      });
    else if (n === 2) response.end('<html>no JSON</html>');
    else if (n === 3)
      response.writeHead(302, { location: `http://elsewhere.example/?${key}` }).end();
    else sendJson(response, { error: key }, { status: 500 });
  };
  const provider = await startProvider(answer);
  const room = await openPollRoom(
    pollPipeline({
      url: `${provider.address}/things`,
      every: '1s',
      items: '$.items[*]',
      pages: { by: 'url', path: '$.next' },
      auth: { type: 'apiKey', query: 'key', token: secretWord },
      headers: { 'X-Also': 'another-secret-1' },
      circuit: { failures: 3, open: '300ms' },
    }),
  );
  try {
    await room.start();
    await room.untilState(({ circuit }) => circuit === 'open');
    assert.equal(
      provider.got[1]?.url.searchParams.get('key'),
      secretWord,
      'it goes to the second page',
    );
    assert.ok((await room.deadLetters()).length > 0);
    await assertNowhere(room, secretWord);
    await assertNowhere(room, 'another-secret-1');
  } finally {
    await room.close();
    await provider.close();
  }
});

test("a client's id and secret stand in the token request as servers expect them that decode, and those that don't", async () => {
  const headers: (string | undefined)[] = [];
  const provider = await startProvider((got, response) => {
    headers.push(got.headers.authorization);
    sendJson(response, { access_token: 'token', token_type: 'bearer' });
  });
  const auth = (clientSecret: string) =>
    ({
      type: 'oauth2',
      tokenUrl: `${provider.address}/token`,
      clientId: 'my-client_1.a~b',
      clientSecret,
    }) as const;
  const keeper = new OAuthTokens(() => 0);
  try {
    await keeper.token(auth('plain-secret_1'), bounds);
    await keeper.token(auth('a:b+c d/é'), bounds);
    const pairs = headers.map((header) =>
      Buffer.from(header?.replace('Basic ', '') ?? '', 'base64').toString(),
    );
    assert.deepEqual(pairs, [
      'my-client_1.a~b:plain-secret_1',
      'my-client_1.a~b:a%3Ab%2Bc%20d%2F%C3%A9',
    ]);
  } finally {
    await provider.close();
  }
});
