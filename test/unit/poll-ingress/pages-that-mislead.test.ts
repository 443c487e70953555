import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PollDeclaration } from '../../../core/config/poll-declaration.ts';
import { openPollRoom, type PollRoom, pollPipeline } from '../../support/open-poll-room.ts';
import {
  type Answer,
  type Provider,
  sendJson,
  startProvider,
} from '../../support/start-provider.ts';
import { until } from '../../support/until.ts';

const at = '2026-01-01T00:00:00Z';
const thing = (id: string) => ({ id, at, value: 1 });

async function withPoll(
  answer: Answer,
  poll: Partial<PollDeclaration>,
  look: (room: PollRoom, provider: Provider) => Promise<void>,
  now?: () => number,
): Promise<void> {
  const provider = await startProvider(answer);
  const url = `${provider.address}/things`;
  const declared = { url, every: '1s', jitter: '1ms', items: '$.items[*]', ...poll };
  const room = await openPollRoom(pollPipeline(declared), now && { now });
  try {
    await room.start();
    await look(room, provider);
  } finally {
    await room.close();
    await provider.close();
  }
}

const ids = async (room: PollRoom) =>
  new Set((await room.readings()).map(({ entityId }) => entityId));

test('an item that is added to the last page comes, though the first one has not changed (304)', async () => {
  const all = [thing('a'), thing('b'), thing('c')];
  const answer: Answer = ({ headers, url }, response) => {
    const page = Number(url.searchParams.get('page'));
    const items = all.slice((page - 1) * 2, page * 2);
    const etag = `"${items.map(({ id }) => id).join('')}"`;
    if (headers['if-none-match'] === etag) response.writeHead(304).end();
    else sendJson(response, { items }, { headers: { etag } });
  };
  const pages = { by: 'page', param: 'page', size: 2 } as const;
  await withPoll(answer, { pages }, async (room) => {
    await room.untilState(({ lastSuccessAtMs }) => lastSuccessAtMs !== null);
    all.push(thing('d'));
    await until(async () => (await ids(room)).has('d'));
  });
});

test('a page that is whole becomes the first of two by its Link header alone: the second is asked for', async () => {
  let hasMore = false;
  const answer: Answer = ({ headers, url }, response) => {
    if (url.pathname === '/more') return sendJson(response, { items: [thing('b')] });
    const link = hasMore ? { link: '</more>; rel="next"' } : undefined;
    if (headers['if-none-match'] === '"a"') response.writeHead(304).end();
    else sendJson(response, { items: [thing('a')] }, { headers: { etag: '"a"', ...link } });
  };
  await withPoll(answer, { pages: { by: 'link' } }, async (room) => {
    await room.untilState(({ lastSuccessAtMs }) => lastSuccessAtMs !== null);
    hasMore = true;
    await until(async () => (await ids(room)).has('b'));
  });
});

test('pages that lead in a circle are a failure after a few of them, not after thousands', async () => {
  const nextOf: Readonly<Record<string, string>> = { '': 'b', b: 'c', c: 'd', d: 'e', e: 'c' };
  const answer: Answer = ({ url }, response) =>
    sendJson(response, { items: [], next: nextOf[url.searchParams.get('after') ?? ''] });
  const pages = { by: 'cursor', path: '$.next', param: 'after' } as const;
  await withPoll(answer, { pages, every: '1h' }, async (room, provider) => {
    const { problem, walk } = await room.untilState(({ failures }) => failures > 0);
    assert.match(problem ?? '', /names one as the next that was taken before/);
    assert.equal(walk, null);
    assert.ok(provider.got.length <= 12, `${provider.got.length} requests`);
  });
});

test('a cursor of pages that has lapsed, as GraphQL says it (200 with errors), does not stop the source for ever', async () => {
  let isOld = true;
  const answer: Answer = ({ body }, response) => {
    const { after } = (JSON.parse(body) as { variables: { after?: string } }).variables;
    const things = { nodes: [thing(after ?? 'first')], next: isOld ? 'lapsed' : null };
    if (after === 'lapsed') sendJson(response, { errors: [{ message: 'Cursor is gone' }] });
    else sendJson(response, { data: things });
  };
  const poll: Partial<PollDeclaration> = {
    graphql: { query: 'query ($after: String) { things(after: $after) { id } }' },
    items: '$.data.nodes[*]',
    pages: { by: 'cursor', path: '$.data.next', param: 'after' },
    circuit: { failures: 2, open: '1s' },
  };
  await withPoll(answer, poll, async (room) => {
    await room.untilState(({ problem }) => problem?.includes('Cursor is gone') === true);
    isOld = false;
    await room.untilState(({ lastSuccessAtMs }) => lastSuccessAtMs !== null);
  });
});

test('a next page, or a redirect, whose address has a password in it is refused, and the password is nowhere', async () => {
  const pages = { by: 'url', path: '$.next' } as const;
  const answer: Answer = ({ headers }, response) =>
    sendJson(response, { items: [], next: `http://me:hunter2@${headers.host}/things` });
  const redirect: Answer = ({ headers }, response) =>
    void response.writeHead(302, { location: `http://me:hunter2@${headers.host}/moved` }).end();
  for (const refused of [answer, redirect])
    await withPoll(refused, { pages, every: '1h' }, async (room) => {
      const state = await room.untilState(({ failures }) => failures > 0);
      assert.match(state.problem ?? '', /an address with a user's name or password in it/);
      assert.doesNotMatch(JSON.stringify(state) + room.logLines.join(), /hunter2/);
    });
});

test('a cursor of pages that has lapsed, as a redirect that never ends says it, does not stop the source for ever', async () => {
  let isOld = true;
  const answer: Answer = ({ url }, response) => {
    if (url.searchParams.get('after') === 'lapsed')
      response.writeHead(302, { location: url.pathname + url.search }).end();
    else sendJson(response, { items: [thing('a')], next: isOld ? 'lapsed' : null });
  };
  const pages = { by: 'cursor', path: '$.next', param: 'after' } as const;
  const circuit = { failures: 2, open: '1s' };
  await withPoll(answer, { pages, circuit }, async (room) => {
    await room.untilState(({ problem }) => problem?.includes('redirects more than') === true);
    isOld = false;
    await room.untilState(({ lastSuccessAtMs }) => lastSuccessAtMs !== null);
  });
});

test('a page of ever so many tiny items is refused: each would be a record', async () => {
  const body = `{"items":[${'1,'.repeat(300_000)}1]}`;
  const answer: Answer = (_got, response) => void response.end(body);
  await withPoll(answer, { every: '1h' }, async (room) => {
    const { problem } = await room.untilState(({ failures }) => failures > 0);
    assert.match(problem ?? '', /more than 300000 items/);
    assert.equal((await room.deadLetters()).length, 0);
  });
});

test('a source that was asked while the clock was a year ahead is asked in its time once the clock is right again', async () => {
  let aheadMs = 365 * 86_400_000;
  const answer: Answer = (_got, response) => sendJson(response, { items: [thing('a')] });
  const now = () => (Date.now() + aheadMs) * 1000;
  const look = async (room: PollRoom, provider: Provider) => {
    await room.untilState(({ lastSuccessAtMs }) => lastSuccessAtMs !== null);
    aheadMs = 0;
    const before = provider.got.length;
    await until(() => provider.got.length >= before + 2, 10_000);
    const { dueAtMs } = await room.untilState(({ updatedAtMs }) => updatedAtMs <= Date.now());
    assert.ok(dueAtMs < Date.now() + 3000);
  };
  await withPoll(answer, {}, look, now);
});
