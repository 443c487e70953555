import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PollDeclaration } from '../../../core/config/poll-declaration.ts';
import type { PollState } from '../../../core/poll/poll-state.ts';
import { custom } from '../../../formats/custom.ts';
import { openPollRoom, pollPipeline } from '../../support/open-poll-room.ts';
import {
  type Answer,
  type Provider,
  sendJson,
  startProvider,
} from '../../support/start-provider.ts';

const all = Array.from({ length: 23 }, (_, n) => ({
  id: `t${n}`,
  at: new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString(),
  value: n,
}));

/** One whole poll: what it brought, how it stands, what was asked. */
async function pollOnce(
  answer: Answer,
  poll: Partial<PollDeclaration>,
): Promise<{ ids: readonly string[]; state: PollState; got: Provider['got'] }> {
  const provider = await startProvider(answer);
  const url = `${provider.address}/things`;
  const declared = { url, every: '1h', items: '$.items[*]', ...poll };
  const room = await openPollRoom(pollPipeline(declared));
  try {
    await room.start();
    const state = await room.untilState(({ lastSuccessAtMs }) => lastSuccessAtMs !== null);
    const ids = (await room.readings()).map(({ entityId }) => entityId).sort();
    return { ids, state, got: provider.got };
  } finally {
    await room.close();
    await provider.close();
  }
}

const allIds = all.map(({ id }) => id).sort();

test('pages by cursor, with a query of its own kept on each', async () => {
  const answer: Answer = ({ url }, response) => {
    const from = Number(url.searchParams.get('after') ?? 0);
    const next = from + 10 < all.length ? `${from + 10}` : '';
    sendJson(response, { items: all.slice(from, from + 10), next });
  };
  const pages = { by: 'cursor', path: '$.next', param: 'after' } as const;
  const { got, ids } = await pollOnce(answer, { pages, query: { expand: true } });
  assert.deepEqual(ids, allIds);
  assert.equal(got.length, 3);
  assert.ok(got.every(({ url }) => url.searchParams.get('expand') === 'true'));
});

test('a cursor that stays on the last page ends where `more` says so', async () => {
  const answer: Answer = ({ url }, response) => {
    const from = Number(url.searchParams.get('after') ?? 0);
    const items = all.slice(from, from + 10);
    const hasMore = from + 10 < all.length;
    sendJson(response, { items, meta: { next: from + items.length, hasMore } });
  };
  const pages = {
    by: 'cursor',
    path: '$.meta.next',
    param: 'after',
    more: '$.meta.hasMore',
  } as const;
  const { got, ids } = await pollOnce(answer, { pages });
  assert.deepEqual(ids, allIds);
  assert.equal(got.length, 3);
});

test('pages by number end with one that is not full, or at the total', async () => {
  const answer: Answer = ({ url }, response) => {
    const [page, size] = [Number(url.searchParams.get('page')), Number(url.searchParams.get('n'))];
    const items = all.slice((page - 1) * size, page * size);
    sendJson(response, { items, pages: Math.ceil(all.length / size) });
  };
  const pages = { by: 'page', param: 'page', size: 10, sizeParam: 'n' } as const;
  const bySize = await pollOnce(answer, { pages });
  assert.deepEqual(bySize.ids, allIds);
  assert.equal(bySize.got.length, 3);
  const byTotal = await pollOnce(answer, { pages: { ...pages, total: '$.pages' } });
  assert.deepEqual(byTotal.ids, allIds);
  assert.equal(byTotal.got.length, 3);
});

test('pages by offset go on by what came, not by what was asked for', async () => {
  const answer: Answer = ({ url }, response) => {
    // It gives at most 7, whatever is asked for.
    const from = Number(url.searchParams.get('offset'));
    sendJson(response, { items: all.slice(from, from + 7), total: all.length });
  };
  const pages = {
    by: 'offset',
    param: 'offset',
    size: 50,
    sizeParam: 'limit',
    total: '$.total',
  } as const;
  const { got, ids } = await pollOnce(answer, { pages });
  assert.deepEqual(ids, allIds);
  assert.deepEqual(
    got.map(({ url }) => url.searchParams.get('offset')),
    ['0', '7', '14', '21'],
  );
});

test('pages by the Link header, and by an address in the body', async () => {
  const answer: Answer = ({ url }, response) => {
    const from = Number(url.searchParams.get('from') ?? 0);
    const next = from + 10 < all.length ? `/things?from=${from + 10}` : undefined;
    const headers: Record<string, string> = next
      ? { link: `</things>; rel="first", <${next}>; rel="next"; title="a, b"` }
      : { link: '</things>; rel="first"' };
    sendJson(
      response,
      { items: all.slice(from, from + 10), links: { next: next ?? null } },
      { headers },
    );
  };
  const byLink = await pollOnce(answer, { pages: { by: 'link' } });
  assert.deepEqual(byLink.ids, allIds);
  const byUrl = await pollOnce(answer, { pages: { by: 'url', path: '$.links.next' } });
  assert.deepEqual(byUrl.ids, allIds);
});

test('a next page at a host that the configuration does not name is not asked for', async () => {
  const answer: Answer = (_got, response) =>
    sendJson(response, { items: all, next: 'http://169.254.169.254/latest' });
  const provider = await startProvider(answer);
  const url = `${provider.address}/things`;
  const pages = { by: 'url', path: '$.next' } as const;
  const room = await openPollRoom(pollPipeline({ url, every: '1h', items: '$.items[*]', pages }));
  try {
    await room.start();
    const { problem } = await room.untilState(({ failures }) => failures > 0);
    assert.match(problem ?? '', /leads to the host 169.254.169.254, which the configuration/);
  } finally {
    await room.close();
    await provider.close();
  }
});

test('a GraphQL query goes out by POST with its variables; pages and cursor are variables too', async () => {
  const answer: Answer = ({ body }, response) => {
    const { variables } = JSON.parse(body);
    const from = Number(variables.after ?? 0);
    const edges = all.slice(from, from + 10).map((node) => ({ node }));
    const pageInfo = { hasNextPage: from + 10 < all.length, endCursor: `${from + 10}` };
    sendJson(response, { data: { things: { edges, pageInfo } } });
  };
  const query = 'query Things($after: String, $first: Int) { things(after: $after) { id } }';
  const { got, ids, state } = await pollOnce(answer, {
    graphql: { query, operationName: 'Things', variables: { first: 10 } },
    items: '$.data.things.edges[*].node',
    pages: {
      by: 'cursor',
      path: '$.data.things.pageInfo.endCursor',
      more: '$.data.things.pageInfo.hasNextPage',
      param: 'after',
    },
    cursor: {
      path: '$.data.things.edges[*].node.at',
      param: 'since',
      start: '2026-01-01T00:00:00Z',
    },
  });
  assert.deepEqual(ids, allIds);
  const sent = got.map(({ body, method }) => [method, JSON.parse(body)]);
  assert.deepEqual(sent[1], [
    'POST',
    {
      query,
      operationName: 'Things',
      variables: { first: 10, after: '10', since: '2026-01-01T00:00:00Z' },
    },
  ]);
  assert.equal(state.cursor, all.at(-1)?.at);
});

test('errors of GraphQL in an answer of 200 are a failure', async () => {
  const provider = await startProvider((_got, response) =>
    sendJson(response, { data: null, errors: [{ message: 'Field things is gone' }] }),
  );
  const poll = { url: provider.address, every: '1s', graphql: { query: '{ things { id } }' } };
  const room = await openPollRoom(pollPipeline({ ...poll, items: '$.data.things[*]' }));
  try {
    await room.start();
    const { problem } = await room.untilState(({ failures }) => failures > 0);
    assert.match(problem ?? '', /GraphQL query failed: Field things is gone/);
    assert.equal((await room.deadLetters()).length, 0);
  } finally {
    await room.close();
    await provider.close();
  }
});

test('a POST with a body has pages and cursor as its keys', async () => {
  const answer: Answer = ({ body }, response) => {
    const { page = 1, filter } = JSON.parse(body);
    assert.deepEqual(filter, { open: true });
    sendJson(response, { items: all.slice((page - 1) * 10, page * 10) });
  };
  const pages = { by: 'page', param: 'page', size: 10 } as const;
  const { ids } = await pollOnce(answer, { body: { filter: { open: true } }, pages });
  assert.deepEqual(ids, allIds);
});

test('a page that is no JSON goes to its format as it is, whatever its size', async () => {
  const bytes = Buffer.alloc(2_500_000, 7);
  const provider = await startProvider((_got, response) => void response.end(bytes));
  const format = custom({
    name: 'bytes',
    contentType: 'application/x-protobuf',
    emits: { thing: ['value'] },
    decode: ({ payload }) => [
      {
        kind: 'ok',
        observation: {
          entityType: 'thing',
          entityId: 'all',
          numbers: { value: payload.length },
          flags: {},
          texts: {},
          tags: {},
          position: null,
          unset: [],
        },
      },
    ],
  });
  const room = await openPollRoom(pollPipeline({ url: provider.address, every: '1h' }, format));
  try {
    await room.start();
    await room.untilState(({ lastSuccessAtMs }) => lastSuccessAtMs !== null);
    const [reading] = await room.readings();
    assert.equal(reading?.numbers.value, bytes.length);
    assert.match(provider.got[0]?.headers.accept ?? '', /^application\/x-protobuf/);
  } finally {
    await room.close();
    await provider.close();
  }
});

test('no digit of an item gets lost on its way to the mapping', async () => {
  const text = '{"items":[{"id":12345678901234567890,"at":"2026-01-01T00:00:00Z","value":1.10}]}';
  const { ids } = await pollOnce((_got, response) => void response.end(text), {});
  assert.deepEqual(ids, ['12345678901234567890']);
});

test('a time far ahead of our clock is no cursor: what comes after it would never be asked for', async () => {
  const ahead = { id: 'ahead', at: '2099-01-01T00:00:00Z', value: 1 };
  const { state, ids } = await pollOnce(
    (_got, response) => sendJson(response, { items: [...all, ahead] }),
    { cursor: { path: '$.items[*].at', param: 'since' } },
  );
  assert.equal(state.cursor, all.at(-1)?.at);
  assert.ok(ids.includes('ahead'), 'what becomes of the reading is for the enricher to say');
});
