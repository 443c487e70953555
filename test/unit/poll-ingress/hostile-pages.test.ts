import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkPipeline } from '../../../core/config/check-pipeline.ts';
import { definePipeline, number } from '../../../core/config/pipeline.ts';
import type { PollDeclaration } from '../../../core/config/poll-declaration.ts';
import { partitionOf } from '../../../core/log/murmur2.ts';
import { newPollState } from '../../../services/poll-ingress/new-poll-state.ts';
import { nextStep } from '../../../services/poll-ingress/next-step.ts';
import { pageToRecords } from '../../../services/poll-ingress/page-to-records.ts';
import { readPage } from '../../../services/poll-ingress/read-page.ts';
import { sourcePlan } from '../../../services/poll-ingress/source-plan.ts';
import { itemFormat, openPollRoom, pollPipeline } from '../../support/open-poll-room.ts';
import { sendJson, startProvider } from '../../support/start-provider.ts';
import { until } from '../../support/until.ts';

const nowMs = Date.UTC(2026, 0, 1);
const ways: readonly Partial<PollDeclaration>[] = [
  { pages: { by: 'cursor', path: '$.next', param: 'p', more: '$.more' }, items: '$.items[*]' },
  { pages: { by: 'page', param: 'p', total: '$.more' }, items: '$..items' },
  { pages: { by: 'offset', param: 'p', size: 2 }, items: '$.items[*]' },
  { pages: { by: 'url', path: '$.next' }, cursor: { path: '$..next', param: 's' } },
  { pages: { by: 'link' } },
  {
    graphql: { query: '{ a }' },
    items: '$.data[*]',
    cursor: { path: '$..*', param: 's', take: 'last' },
  },
];
const plans = ways.map((way) =>
  sourcePlan('things', itemFormat, { url: 'https://api.example.com/x', every: '1m', ...way }),
);

/** What a page becomes, to the end. */
function takeWhole(body: Buffer, headers: Record<string, string> = {}): void {
  for (const plan of plans) {
    const state = newPollState(plan, nowMs, () => 0);
    const step = nextStep(state, plan, nowMs);
    assert.ok(step);
    const answer = { status: 200, headers: new Headers(headers), body };
    const read = readPage(plan, step, { answer, nowMs });
    if (read.kind !== 'read') continue;
    assert.ok((read.next ?? '').length <= 8192 && (read.cursor ?? '').length <= 8192);
    const page = {
      payloads: read.payloads,
      contentType: undefined,
      id: 'p',
      receivedAt: nowMs * 1000,
    };
    pageToRecords(plan, page);
  }
}

const named = fc.object({
  key: fc.constantFrom('items', 'next', 'more', 'data', 'errors', 'id', 'at'),
});

test('no page makes reading it throw: any JSON, any bytes, any Link header', () => {
  fc.assert(fc.property(named, (value) => takeWhole(Buffer.from(JSON.stringify(value)))));
  fc.assert(fc.property(fc.json(), (text) => takeWhole(Buffer.from(text))));
  fc.assert(fc.property(fc.uint8Array(), (bytes) => takeWhole(Buffer.from(bytes))));
  const printable = fc.string({ unit: 'grapheme-ascii' });
  fc.assert(
    fc.property(printable, (text) =>
      takeWhole(Buffer.from('{}'), { link: text.replace(/[^ -~]/g, '') }),
    ),
  );
});

test('pages that are very deep, or whose cursor is very long, are refused and not kept', () => {
  const deep = '['.repeat(50_000) + ']'.repeat(50_000);
  takeWhole(Buffer.from(`{"items": ${deep}, "data": ${deep}}`));
  const long = 'x'.repeat(1_000_000);
  takeWhole(Buffer.from(`{"items": [1], "more": true, "next": "${long}"}`));
  takeWhole(Buffer.from(`{"items": [1], "more": true, "next": ${'9'.repeat(100_000)}}`));
});

test('a secret that HTTP does not take in a header is told without it', async () => {
  const provider = await startProvider((_got, response) => sendJson(response, []));
  const auth = { type: 'apiKey', header: 'X-Key', token: 'wörd\u0001🔑' } as const;
  const room = await openPollRoom(pollPipeline({ url: provider.address, every: '1s', auth }));
  try {
    await room.start();
    const { problem } = await room.untilState(({ failures }) => failures > 0);
    assert.match(problem ?? '', /characters that HTTP does not take/);
    assert.doesNotMatch(room.logLines.join(), /wörd/);
  } finally {
    await room.close();
    await provider.close();
  }
});

test('a provider that hangs does not hold up the sources of other partitions', async () => {
  const provider = await startProvider(({ url }, response) => {
    if (url.pathname !== '/hanging') sendJson(response, [{ id: 'a', value: 1 }]);
  });
  const partition = (name: string) =>
    partitionOf(Buffer.from(name), 0, Buffer.byteLength(name), 24);
  assert.notEqual(partition('hanging'), partition('quick'));
  const source = (name: string) => ({
    format: itemFormat,
    poll: { url: `${provider.address}/${name}`, every: '1s', items: '$[*]', timeout: '60s' },
  });
  const checked = checkPipeline(
    definePipeline({
      name: 'two',
      models: { thing: { fields: { value: number() } } },
      sources: { hanging: source('hanging'), quick: source('quick') },
    }),
    process.cwd(),
  );
  if ('faults' in checked) throw new Error(JSON.stringify(checked.faults));
  const room = await openPollRoom(checked.pipeline);
  try {
    await room.start();
    await until(() => provider.got.some(({ url }) => url.pathname === '/hanging'));
    await until(async () => (await room.readings()).length >= 3);
    const stoppedAt = performance.now();
    await room.close();
    assert.ok(performance.now() - stoppedAt < 30_000, 'a stop does not wait for it either (60 s)');
  } finally {
    await provider.close();
  }
});
