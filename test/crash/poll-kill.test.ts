import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readingCodec } from '../../core/codec.ts';
import type { KafkaSettings } from '../../core/config/settings.ts';
import { openLedgerView } from '../../core/ledger/ledger-view.ts';
import { openLogReader } from '../../core/log/open-log.ts';
import { type PollState, parsePollState } from '../../core/poll/poll-state.ts';
import type { Reading } from '../../core/reading.ts';
import { deadLettersTopic, enrichedTopic, pollStatesTopic } from '../../core/topics.ts';
import { isNote, type PagedProvider, startPagedProvider } from '../support/paged-provider.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { startKafka } from '../support/servers/start-kafka.ts';
import { recordsOf } from '../support/start-enricher-room.ts';
import { until } from '../support/until.ts';
import type { PollChildArguments } from './poll-child.ts';

const script = fileURLToPath(new URL('./poll-child.ts', import.meta.url));
const dayMs = 86_400_000;
const days = 5;
const perDay = 700;
const fromMs = Date.now() - 6 * dayMs;
const backfill = { id: 'of-the-test', fromMs, toMs: fromMs + days * dayMs };

interface Place {
  readonly folder: string;
  readonly kafka?: KafkaSettings;
  readonly groupPrefix: string;
}

async function startChild(place: Place, address: string, name: string): Promise<ChildProcess> {
  const folder = place.kafka ? join(place.folder, name) : place.folder;
  const given: PollChildArguments = { ...place, folder, address, backfill };
  const child = fork(script, [JSON.stringify(given)], {
    execArgv: ['--conditions=millrace-source'],
  });
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`The child ended: ${code}.`))),
  ]);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

test('promises 1 to 3 for polls, embedded: killed again and again in the middle of a backfill, each item of the provider is there once', {
  timeout: 180_000,
}, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-poll-kill-'));
  const provider = await startPagedProvider({ fromMs, days, perDay });
  const place = { folder, groupPrefix: '' };
  try {
    const kills = 8;
    let child = await startChild(place, provider.address, 'one');
    for (let killed = 1; killed <= kills; killed++) {
      await until(() => provider.backfillPages >= killed * 9, 60_000);
      await kill(child);
      child = await startChild(place, provider.address, 'one');
    }
    await untilQuiet(place, provider);
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null]);
    await judge(t, place, provider, kills);
  } finally {
    await provider.close();
    await rm(folder, { recursive: true });
  }
});

test('promises 1 to 3 for polls, on Kafka: of two replicas now one, now the other is killed in the middle of a backfill', {
  timeout: 400_000,
  skip: withoutEngine(),
}, async (t) => {
  const { brokers } = await startKafka();
  const folder = await mkdtemp(join(tmpdir(), 'millrace-poll-kill-'));
  const topicPrefix = `poll-${randomUUID()}.`;
  const kafka = { brokers, sasl: undefined, tls: undefined, topicPrefix, replication: 1 };
  const provider = await startPagedProvider({ fromMs, days, perDay });
  const place = { folder, kafka, groupPrefix: topicPrefix };
  try {
    const kills = 4;
    const children = new Map<string, ChildProcess>();
    for (const name of ['one', 'two'])
      children.set(name, await startChild(place, provider.address, name));
    for (let killed = 1; killed <= kills; killed++) {
      const name = killed % 2 === 0 ? 'one' : 'two';
      await until(() => provider.backfillPages >= killed * 15, 90_000);
      await kill(children.get(name) as ChildProcess);
      children.set(name, await startChild(place, provider.address, name));
    }
    await untilQuiet(place, provider);
    await judge(t, place, provider, kills);
    for (const child of children.values()) {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      assert.deepEqual(await ended, [0, null]);
    }
  } finally {
    await provider.close();
    await rm(folder, { recursive: true });
  }
});

function readerOf({ folder, kafka }: Place) {
  return openLogReader({ dataDir: folder, kafka });
}

/** The backfill is done, nothing new comes, and what came last is taken. */
async function untilQuiet(place: Place, provider: PagedProvider): Promise<void> {
  const done = (state: PollState) => state.backfills.every((one) => one.state === 'done');
  await until(async () => {
    const state = await stateOf(place);
    return state !== undefined && state.backfills.length > 0 && done(state);
  }, 120_000);
  provider.rest();
  const restedAt = Date.now();
  await until(async () => ((await stateOf(place))?.lastSuccessAtMs ?? 0) > restedAt + 2000, 60_000);
  await until(async () => (await readAll(place)).inFlight === 0, 60_000);
}

async function stateOf(place: Place): Promise<PollState | undefined> {
  const log = await readerOf(place);
  try {
    const records = await recordsOf(log, pollStatesTopic);
    const value = records.findLast(({ key }) => key === 'shipments')?.value;
    return value ? parsePollState(value) : undefined;
  } finally {
    await log.close();
  }
}

async function readAll(place: Place) {
  const log = await readerOf(place);
  try {
    const view = await openLedgerView({ log, sinks: [], ingressDeadLetters: async () => ({}) });
    const { sources } = await view.read();
    view.close();
    const enriched = await recordsOf(log, enrichedTopic);
    const readings = enriched.map(({ value }) => readingCodec.decode(value as Buffer));
    const dead = await recordsOf(log, deadLettersTopic);
    const inFlight = Object.values(sources).reduce((sum, source) => sum + source.inFlight, 0);
    return { sources, readings, dead, inFlight };
  } finally {
    await log.close();
  }
}

async function judge(
  t: TestContext,
  place: Place,
  provider: PagedProvider,
  kills: number,
): Promise<void> {
  const { dead, readings, sources } = await readAll(place);
  const shipments = readings.filter(({ source }) => source === 'shipments');
  const expected = [...provider.shown].filter((id) => !isNote(Number(id.slice(1))));
  assert.equal(shownOld(provider), days * perDay, 'the provider has shown the whole range');
  assert.deepEqual(idsOf(shipments), expected.sort(), 'each of its items is there once');
  assert.deepEqual(dead, []);
  const gauges = readings.filter(({ source }) => source === 'gauge');
  const events = new Set(gauges.map(({ eventId }) => eventId));
  assert.equal(events.size, gauges.length, 'a page without time and id is taken once');
  assert.equal(new Set(idsOf(gauges)).size, gauges.length, 'and what it showed is there once');
  for (const account of Object.values(sources)) assert.equal(account.difference, 0);
  const account = sources.shipments;
  assert.equal(account?.passedOn, expected.length);
  assert.ok((account?.filtered ?? 0) >= provider.notes, 'notes are counted as filtered');
  t.diagnostic(
    `${kills} kills, ${provider.got.length} requests, ${provider.shown.size} items shown, ${expected.length} in the enriched topic, ${account?.deduplicated} repeats recognised, ${gauges.length} of ${provider.gaugePolls} gauge pages taken, difference 0`,
  );
}

const idsOf = (readings: readonly Reading[]) => readings.map(({ entityId }) => entityId).sort();
const shownOld = ({ shown }: PagedProvider) => [...shown].filter((id) => id.startsWith('s')).length;
