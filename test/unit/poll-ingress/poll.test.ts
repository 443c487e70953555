import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPollRoom, pollPipeline } from '../../support/open-poll-room.ts';
import { sendJson, startProvider } from '../../support/start-provider.ts';

const at = (n: number) => new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString();
const thing = (n: number) => ({ id: `t${n}`, at: at(n), value: n });

test('items of a page become readings, and the next poll brings only what is new', async () => {
  const provider = await startProvider(({ url }, response) => {
    const since = url.searchParams.get('since');
    const all = Array.from({ length: since === null ? 3 : 5 }, (_, n) => thing(n));
    sendJson(response, { items: all.filter((one) => since === null || one.at >= since) });
  });
  const room = await openPollRoom(
    pollPipeline({
      url: `${provider.address}/things`,
      every: '1s',
      jitter: '1ms',
      items: '$.items[*]',
      cursor: { path: '$.items[*].at', param: 'since' },
    }),
  );
  try {
    await room.start();
    const state = await room.untilState(({ cursor }) => cursor === at(4));
    assert.equal(state.problem, null);
    assert.equal(provider.got[1]?.url.searchParams.get('since'), at(2));
    const ids = (await room.readings()).map(({ entityId }) => entityId);
    assert.deepEqual(new Set(ids), new Set(['t0', 't1', 't2', 't3', 't4']));
    const events = new Set((await room.readings()).map(({ eventId }) => eventId));
    assert.equal(events.size, 5, 'the item at the cursor comes twice, under one id');
  } finally {
    await room.close();
    await provider.close();
  }
});
