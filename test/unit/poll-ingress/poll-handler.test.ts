import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { DeadLetterNotice } from '../../../core/dead-letter-notice.ts';
import { createEvents } from '../../../core/events.ts';
import type { NewRecord, RecordBatch } from '../../../core/log/event-log.ts';
import { type PollAsk, pollAskRecord } from '../../../core/poll/poll-ask.ts';
import { pollStatesTopic, pollsTopic, rawTopic } from '../../../core/topics.ts';
import { sourcePlans } from '../../../services/poll-ingress/config.ts';
import { OAuthTokens } from '../../../services/poll-ingress/oauth-tokens.ts';
import { pollHandler } from '../../../services/poll-ingress/poll-handler.ts';
import { pollMetrics } from '../../../services/poll-ingress/poll-metrics.ts';
import { MapState } from '../../support/map-state.ts';
import { pollPipeline } from '../../support/open-poll-room.ts';
import { sendJson, startProvider } from '../../support/start-provider.ts';

/** The handler over state in a map, with a clock that stands. */
async function withHandler(
  look: (room: {
    readonly ask: (...asks: readonly PollAsk[]) => Promise<readonly NewRecord[]>;
    readonly clock: { nowMs: number };
    readonly requests: () => number;
  }) => Promise<void>,
): Promise<void> {
  const provider = await startProvider(({ url }, response) => {
    const page = Number(url.searchParams.get('page') ?? 0);
    const item = { id: `t${page}`, at: '2026-01-01T00:00:00Z', value: page };
    sendJson(response, { items: [item], next: page < 5 ? page + 1 : null });
  });
  const clock = { nowMs: Date.UTC(2026, 0, 1, 12) };
  const metrics = new Registry();
  const events = createEvents({ level: 'silent', metrics });
  const pages = { by: 'cursor', path: '$.next', param: 'page' } as const;
  const poll = { url: provider.address, every: '1m', items: '$.items[*]', pages } as const;
  const nowMs = () => clock.nowMs;
  const handle = pollHandler({
    plans: sourcePlans(pollPipeline(poll)),
    metrics: pollMetrics(metrics),
    events,
    notice: new DeadLetterNotice(events, () => clock.nowMs * 1000),
    tokens: new OAuthTokens(nowMs),
    signal: new AbortController().signal,
    nowMs,
    jitter: () => 0,
  });
  const steps = new Map<string, Map<string, Buffer>>();
  const ask = async (...asks: readonly PollAsk[]) => {
    const records = asks.map((one, offset) => {
      const { key, value, timestampMs } = pollAskRecord('things', one, clock.nowMs);
      return { offset, key, value: Buffer.from(value ?? []), timestampMs };
    });
    const batch: RecordBatch = { topic: pollsTopic, partition: 0, records, nextOffset: 1 };
    return handle(batch, {
      state: (step) => {
        const entries = steps.get(step) ?? new Map<string, Buffer>();
        steps.set(step, entries);
        return new MapState(entries);
      },
    });
  };
  try {
    await look({ ask, clock, requests: () => provider.got.length });
  } finally {
    await provider.close();
  }
}

const topicsOf = (records: readonly NewRecord[]) => records.map(({ topic }) => topic);

test('a page comes with its state and the ask for the next one, in one hand', async () => {
  await withHandler(async ({ ask }) => {
    const records = await ask({ kind: 'tick' });
    assert.deepEqual(topicsOf(records), [rawTopic, pollStatesTopic, pollsTopic]);
    assert.deepEqual(JSON.parse(records[2]?.value?.toString() ?? ''), { kind: 'tick', step: 1 });
  });
});

test('an ask that names another step than the source stands at comes too late: no request, nothing to commit', async () => {
  await withHandler(async ({ ask, requests }) => {
    await ask({ kind: 'tick' });
    await ask({ kind: 'tick', step: 1 });
    assert.equal(requests(), 2);
    assert.deepEqual(await ask({ kind: 'tick', step: 1 }), []);
    assert.equal(requests(), 2);
  });
});

test('an ask before anything is due makes no request; one a minute later does', async () => {
  await withHandler(async ({ ask, clock, requests }) => {
    for (let page = 0; page < 6; page++) await ask({ kind: 'tick' });
    assert.equal(requests(), 6);
    assert.deepEqual(await ask({ kind: 'tick' }), []);
    clock.nowMs += 59_999;
    assert.deepEqual(await ask({ kind: 'tick' }), []);
    clock.nowMs += 1;
    assert.ok((await ask({ kind: 'tick' })).length > 0);
    assert.equal(requests(), 7);
  });
});

test('what is no ask is passed over', async () => {
  await withHandler(async ({ ask, requests }) => {
    await ask({ kind: 'other' } as never);
    assert.equal(requests(), 0);
  });
});
