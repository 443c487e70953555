import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readingCodec } from '../../../core/codec.ts';
import { incomingToRecords } from '../../../core/intake/incoming-to-records.ts';
import { deadLetterMarksTopic, deadLettersTopic, rawTopic } from '../../../core/topics.ts';
import type {
  ApiDeadLetterAction,
  ApiDiscard,
  ApiList,
  ApiProblem,
  ApiReplay,
} from '../../../services/dashboard/api-types.ts';
import { stationPipeline } from '../../support/replay-pipelines.ts';
import { recordsOf } from '../../support/start-enricher-room.ts';
import { startTestDashboard, type TestDashboard } from '../../support/start-test-dashboard.ts';

/** A dashboard whose configuration is right, over the dead letters of one that was wrong. */
async function dashboardWithLetters(
  values: readonly number[],
  settings: Parameters<typeof startTestDashboard>[0] = {},
): Promise<TestDashboard> {
  const dashboard = await startTestDashboard({ pipeline: stationPipeline(), ...settings });
  const format = stationPipeline({ path: '$.w' }).sources.air?.format;
  assert.ok(format);
  for (const v of values) {
    const { records } = incomingToRecords({
      source: 'air',
      format,
      topic: 'air/1',
      payload: Buffer.from(JSON.stringify({ values: [{ v }] })),
      mayRepeat: false,
      traceparent: null,
      receivedAt: Date.now() * 1000 - 1000,
      random: () => 'r',
    });
    await dashboard.log.append(records);
  }
  await storeLetters(dashboard);
  return dashboard;
}

async function storeLetters({ log, writer }: TestDashboard): Promise<void> {
  const { offsets } = await writer.account();
  const topics = [deadLettersTopic, deadLetterMarksTopic];
  for await (const cut of log.tail(topics, { from: { offsets } })) {
    for (const batch of cut.batches) {
      if (batch.topic === deadLettersTopic) await writer.writeDeadLetters(batch);
      else await writer.writeDeadLetterMarks(batch);
    }
    if (cut.atEnd) return;
  }
}

async function post<T>(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; body: T }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as T };
}

test('dead letters are replayed step by step, discarded for a reason, and every action is listed', async () => {
  const dashboard = await dashboardWithLetters([1, 2, 3]);
  const at = `${dashboard.url}/api/v1/dead-letters`;
  try {
    const dry = await post<ApiReplay>(`${at}/replay`, { dryRun: true });
    assert.deepEqual([dry.status, dry.body.action, dry.body.readings], [200, null, 3]);
    assert.equal((await recordsOf(dashboard.log, rawTopic)).length, 0);
    const first = await post<ApiReplay>(`${at}/replay`, { limit: 2, by: 'anna' });
    assert.deepEqual([first.body.letters, first.body.readings], [2, 2]);
    const next = await post<ApiReplay>(`${at}/replay`, {
      limit: 2,
      by: 'anna',
      cursor: first.body.nextCursor,
      where: ['@.payload.values[0].v == 7'],
    });
    assert.deepEqual([next.body.letters, next.body.nextCursor], [0, null]);
    assert.equal(next.body.action, first.body.action);
    const raw = await recordsOf(dashboard.log, rawTopic);
    assert.deepEqual(
      raw.map(({ value }) => readingCodec.decode(value ?? Buffer.alloc(0)).numbers.v).sort(),
      [1, 2],
    );
    await storeLetters(dashboard);
    const discarded = await post<ApiDiscard>(`${at}/discard`, { source: 'air', why: 'A test.' });
    assert.deepEqual([discarded.status, discarded.body.letters], [200, 1]);
    await storeLetters(dashboard);
    const states = async (state: string) => {
      const answer = await fetch(`${at}?state=${state}`);
      return ((await answer.json()) as ApiList<unknown>).items.length;
    };
    assert.deepEqual(
      [await states('open'), await states('replayed'), await states('discarded')],
      [0, 2, 1],
    );
    const log = await fetch(`${dashboard.url}/api/v1/dead-letter-actions`);
    const { items } = (await log.json()) as ApiList<ApiDeadLetterAction>;
    assert.deepEqual(
      items.map(({ verb, by, reason, letters, isDone }) => [verb, by, reason, letters, isDone]),
      [
        ['discard', 'somebody by the API', 'A test.', 1, true],
        ['replay', 'anna', null, 2, true],
      ],
    );
  } finally {
    await dashboard.stop();
  }
});

test('what can be wrong with such a request is said where it is, and changes nothing', async () => {
  const dashboard = await dashboardWithLetters([1]);
  const at = `${dashboard.url}/api/v1/dead-letters`;
  try {
    const faults: readonly (readonly [action: string, body: unknown, says: RegExp])[] = [
      ['discard', { source: 'air' }, /body\.why should be the reason, as a text; it is missing/],
      ['discard', { source: 'air', why: ' ' }, /body\.why should be a text that is not empty/],
      ['discard', { why: 'A test.' }, /Which dead letters are to be discarded should be told/],
      ['replay', { where: ['@.a >'] }, /A filter should be field=value or a JSONPath filter/],
      ['replay', { limit: 1000 }, /body\.limit should be a whole number from 1 to 100/],
      ['replay', { cursor: 'x' }, /A cursor should be as nextCursor gave it/],
      ['replay', { sauce: 'air' }, /body\.sauce should be one of/],
      ['replay', { from: 'yesterday' }, /body\.from should be a time/],
    ];
    for (const [action, body, says] of faults) {
      const refused = await post<ApiProblem>(`${at}/${action}`, body);
      assert.equal(refused.status, 400, JSON.stringify(body));
      assert.match(refused.body.detail, says);
    }
    assert.equal((await recordsOf(dashboard.log, deadLetterMarksTopic)).length, 0);
  } finally {
    await dashboard.stop();
  }
});

test('a page of another site can discard nothing: not by a form, not by a name bound to our address, not beside a token', async () => {
  const dashboard = await dashboardWithLetters([1]);
  const discard = `${dashboard.url}/api/v1/dead-letters/discard`;
  const body = { source: 'air', why: 'A joke.' };
  try {
    for (const origin of ['https://elsewhere.example', 'null', 'http://127.0.0.1:1'])
      assert.equal((await post(discard, body, { origin })).status, 403, origin);
    // What a form or a `no-cors` request may send without being asked for leave; some say no origin.
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      const { status } = await post(discard, JSON.stringify(body), { 'content-type': type });
      assert.ok(status === 400 || status === 415, `${type}: ${status}`);
    }
    assert.equal((await recordsOf(dashboard.log, deadLetterMarksTopic)).length, 0);
  } finally {
    await dashboard.stop();
  }
});

test('with a token nothing is replayed without it, and a cookie counts for our own page only', async () => {
  const apiToken = 'a-long-and-secret-token';
  const dashboard = await dashboardWithLetters([1], { settings: { apiToken } });
  const replay = `${dashboard.url}/api/v1/dead-letters/replay`;
  const dry = { dryRun: true };
  try {
    assert.equal((await post(replay, dry)).status, 401);
    assert.equal((await post(replay, dry, { authorization: `Bearer ${apiToken}` })).status, 200);
    const granted = await fetch(`${dashboard.url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: apiToken }),
    });
    const cookie = granted.headers.get('set-cookie')?.split(';')[0] ?? '';
    assert.equal((await post(replay, dry, { cookie })).status, 200);
    assert.equal((await post(replay, dry, { cookie, origin: dashboard.url })).status, 200);
    // Another port of this host is the same site: a browser sends the cookie along.
    const origin = 'http://127.0.0.1:1';
    assert.equal((await post(replay, dry, { cookie, origin })).status, 403);
  } finally {
    await dashboard.stop();
  }
});
