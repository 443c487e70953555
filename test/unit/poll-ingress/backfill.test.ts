import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { test } from 'node:test';
import type { PollDeclaration } from '../../../core/config/poll-declaration.ts';
import { pollAskRecord } from '../../../core/poll/poll-ask.ts';
import { openPollRoom, pollPipeline } from '../../support/open-poll-room.ts';
import { type Answer, sendJson, startProvider } from '../../support/start-provider.ts';
import { until } from '../../support/until.ts';

const dayMs = 86_400_000;
const fromMs = Date.UTC(2026, 0, 1);
const hours = Array.from({ length: 96 }, (_, n) => ({
  id: `h${n}`,
  at: new Date(fromMs + n * 3_600_000).toISOString(),
  value: n,
}));

const answer: Answer = ({ url }, response) => {
  const { from, to, page = '1' } = Object.fromEntries(url.searchParams);
  const first = (Number(page) - 1) * 10;
  const fits = hours.filter(({ at }) => from !== undefined && at >= from && at < (to ?? ''));
  sendJson(response, { items: fits.slice(first, first + 10) });
};

const poll = (address: string): PollDeclaration => ({
  url: `${address}/things`,
  every: '1h',
  items: '$.items[*]',
  pages: { by: 'page', param: 'page', size: 10 },
  cursor: { path: '$.items[*].at', param: 'since', start: '2026-06-01T00:00:00Z' },
  backfill: { from: 'from', to: 'to' },
});

const ask = (id: string, toMs: number) =>
  pollAskRecord(
    'things',
    { kind: 'backfill', id, fromMs, toMs, requestedAtMs: Date.now() },
    Date.now(),
  );

test('a backfill goes through its time range in windows; the cursor of the regular polls stays', async () => {
  const provider = await startProvider(answer);
  const room = await openPollRoom(pollPipeline(poll(provider.address)));
  try {
    await room.start();
    const toMs = fromMs + 3.5 * dayMs;
    await room.log.append([ask('b1', toMs), ask('b1', toMs)]);
    const state = await room.untilState(({ backfills }) => backfills[0]?.state === 'done');
    assert.equal(state.backfills.length, 1, 'asked for twice with one id it is one');
    const [done] = state.backfills;
    assert.equal(done?.readings, 84);
    assert.equal(done?.reachedMs, toMs);
    assert.equal(state.cursor, '2026-06-01T00:00:00Z');
    const ids = (await room.readings()).map(({ entityId }) => entityId);
    assert.equal(new Set(ids).size, 84);
    assert.equal(ids.length, 84);
    const windows = provider.got.map(({ url }) => url.searchParams.get('from')).filter(Boolean);
    assert.deepEqual(
      [...new Set(windows)],
      [0, 1, 2, 3].map((n) => new Date(fromMs + n * dayMs).toISOString().replace('.000Z', 'Z')),
    );
    assert.ok(
      provider.got.every(
        ({ url }) => !(url.searchParams.has('from') && url.searchParams.has('since')),
      ),
    );
    assert.ok(room.logLines.some((line) => line.includes('poll.backfill-done')));
  } finally {
    await room.close();
    await provider.close();
  }
});

test('backfills asked for one after the other are done in turn; without poll.backfill one fails with the reason', async () => {
  const provider = await startProvider(answer);
  const room = await openPollRoom(pollPipeline(poll(provider.address)));
  try {
    await room.start();
    await room.log.append([ask('b1', fromMs + dayMs), ask('b2', fromMs + 2 * dayMs)]);
    const state = await room.untilState(({ backfills }) => backfills[1]?.state === 'done');
    assert.deepEqual(
      state.backfills.map(({ readings }) => readings),
      [24, 48],
    );
  } finally {
    await room.close();
  }
  const { backfill: _, ...without } = poll(provider.address);
  const other = await openPollRoom(pollPipeline(without));
  try {
    await other.start();
    await other.log.append([ask('b1', fromMs + dayMs)]);
    const state = await other.untilState(({ backfills }) => backfills.length > 0);
    assert.equal(state.backfills[0]?.state, 'failed');
    assert.match(state.backfills[0]?.problem ?? '', /poll\.backfill/);
  } finally {
    await other.close();
    await provider.close();
  }
});

test('a regular poll that is due goes before a backfill that goes on', async () => {
  const order: string[] = [];
  const provider = await startProvider(async (got, response) => {
    order.push(got.url.searchParams.has('from') ? 'backfill' : 'poll');
    await new Promise((resolve) => setTimeout(resolve, 30));
    await answer(got, response);
  });
  const room = await openPollRoom(
    pollPipeline({ ...poll(provider.address), every: '1s', jitter: '1ms' }),
  );
  try {
    await room.start();
    await room.log.append([ask('b1', fromMs + 40 * dayMs)]);
    await until(() => order.filter((what) => what === 'poll').length >= 3);
    const between = order.slice(order.indexOf('backfill'), order.lastIndexOf('backfill'));
    assert.ok(between.includes('poll'), 'it did not wait for the backfill to end');
  } finally {
    await room.close();
    await provider.close();
  }
});

test('another configuration of the request begins its polls anew at once; another cursor begins at its start', async () => {
  const provider = await startProvider((_got, response) =>
    sendJson(response, { items: [{ id: 'a', at: '2026-07-01T00:00:00Z', n: 7, value: 1 }] }),
  );
  const first = await openPollRoom(pollPipeline({ ...poll(provider.address) }));
  const service = await first.start();
  await first.untilState(({ cursor }) => cursor === '2026-07-01T00:00:00Z');
  await service.stop();
  await first.log.close();
  const { folder } = first;
  const second = await openPollRoom(
    pollPipeline({ ...poll(provider.address), query: { view: 'full' } }),
    { folder },
  );
  await second.start();
  const again = await second.untilState(({ step, wakeAtMs }) => step >= 2 && wakeAtMs !== null);
  assert.equal(again.cursor, '2026-07-01T00:00:00Z');
  assert.equal(provider.got.at(-1)?.url.searchParams.get('since'), '2026-07-01T00:00:00Z');
  await second.close();
  const cursor = { path: '$.items[*].n', param: 'after' };
  const third = await openPollRoom(pollPipeline({ ...poll(provider.address), cursor }), { folder });
  await third.start();
  const anew = await third.untilState(({ cursor: is }) => is === '7');
  assert.equal(anew.step, again.step + 1);
  assert.equal(provider.got.at(-1)?.url.searchParams.has('after'), false);
  await third.close();
  await provider.close();
  await rm(folder, { recursive: true });
});
