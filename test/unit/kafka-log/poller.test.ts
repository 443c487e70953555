import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Registry } from 'prom-client';
import { createEvents } from '../../../core/events.ts';
import { unknownTopic } from '../../../core/log/kafka/kafka-errors.ts';
import { Feed } from '../../../core/log/kafka/read/feed.ts';
import { Poller } from '../../../core/log/kafka/read/poller.ts';
import { ReadTroubles } from '../../../core/log/kafka/read/read-troubles.ts';
import type { FetchedPartition } from '../../../core/log/kafka/wire/fetch.ts';
import type { KafkaCluster, WireRequest } from '../../../core/log/kafka/wire/kafka-cluster.ts';
import { pause } from '../../../core/pause.ts';
import { until } from '../../support/until.ts';

const authorizationFailed = 29;

/** Lines from level info on, without what differs between runs. */
function linesOf() {
  const lines: { event: string; message: string }[] = [];
  const destination = {
    write: (line: string) => {
      const { event, msg } = JSON.parse(line) as { event: string; msg: string };
      lines.push({ event, message: msg });
    },
  };
  return { lines, events: createEvents({ level: 'info', metrics: new Registry(), destination }) };
}

function answerOf(topic: string, own: Partial<FetchedPartition> = {}): FetchedPartition {
  const offsets = { offset: 0, nextOffset: 0, stableOffset: 0, highWatermark: 0, startOffset: 0 };
  return { topic, partition: 0, errorCode: 0, batches: [], ...offsets, ...own };
}

/** One broker that leads everything, and answers each fetch with what is given to it, at once. */
function usePoller(t: TestContext, answer: () => readonly FetchedPartition[], lingerMs = 10) {
  let fetches = 0;
  const leaders = { fail: undefined as Error | undefined, asked: 0 };
  const polling = {
    leaderOf: async () => {
      leaders.asked++;
      if (leaders.fail) throw leaders.fail;
      return 1;
    },
    forgetTopic: () => undefined,
    send: async (_node: number, _request: WireRequest<unknown>) => {
      fetches++;
      return answer();
    },
  } as unknown as KafkaCluster;
  const poller = new Poller({ polling, asking: polling, events: undefined, lingerMs });
  t.after(() => poller.close());
  const feedOf = (topic: string) =>
    new Feed({ topic, partition: 0, fromOffset: 0, maxBytes: 1000, whenFull: 'wait' });
  return { poller, feedOf, leaders, fetches: () => fetches };
}

/** How much of something there is within a second, about. */
async function perSecond(t: TestContext, count: () => number): Promise<number> {
  const [before, startedAtMs] = [count(), performance.now()];
  await pause(500, t.signal);
  return ((count() - before) * 1000) / (performance.now() - startedAtMs);
}

test('a broker that says there is more and has none is asked at the pace of the linger', async (t) => {
  const hole = answerOf('a', { stableOffset: 10 });
  const { fetches, feedOf, poller } = usePoller(t, () => [hole], 20);
  poller.add(feedOf('a'));
  await until(() => fetches() > 2);
  const count = await perSecond(t, fetches);
  assert.ok(count <= 55, `${count} fetches a second`);
});

test('a topic that is refused is tried again ever more rarely, and holds up no other', async (t) => {
  let at = 0;
  const answer = () => [
    answerOf('refused', { errorCode: authorizationFailed }),
    answerOf('read', { offset: at, nextOffset: ++at, stableOffset: at }),
  ];
  const { fetches, feedOf, poller } = usePoller(t, answer);
  const read = feedOf('read');
  poller.add(feedOf('refused'));
  poller.add(read);
  await until(() => fetches() > 40);
  // Each answer is taken; with a pause after each refusal there would be some 27 a second.
  const count = await perSecond(t, () => read.position);
  assert.ok(count > 60, `${count} records a second`);
});

test('a log that knows no leader is asked ever more rarely', async (t) => {
  const { feedOf, leaders, poller } = usePoller(t, () => []);
  leaders.fail = unknownTopic('a');
  poller.add(feedOf('a'));
  await until(() => leaders.asked > 4);
  assert.ok((await perSecond(t, () => leaders.asked)) < 4);
});

test('what can not be read for ten seconds is told by one warning, and when that is over', (t) => {
  const { events, lines } = linesOf();
  let nowMs = 0;
  t.mock.method(performance, 'now', () => nowMs);
  const troubles = new ReadTroubles(events);
  const refused = unknownTopic('a');
  for (; nowMs < 30_000; nowMs += 2000)
    for (const part of ['a/0', 'a/1']) troubles.failed('topic a', part, refused);
  troubles.worked('topic a', 'a/0');
  assert.deepEqual(
    lines.map(({ event }) => event),
    ['log.read-held-up'],
  );
  assert.match(lines[0]?.message ?? '', /topic a could not be read for 10 s.*Create it/);
  troubles.worked('topic a', 'a/1');
  troubles.worked('topic a', 'a/1');
  assert.deepEqual(lines.slice(1), [
    { event: 'log.read-goes-on', message: "Kafka's topic a is read again, after 30 s" },
  ]);
});

test('what passes within ten seconds is told to nobody, and its time is counted anew', (t) => {
  const { events, lines } = linesOf();
  let nowMs = 0;
  t.mock.method(performance, 'now', () => nowMs);
  const troubles = new ReadTroubles(events);
  for (let round = 0; round < 5; round++) {
    troubles.failed('broker 1', '', new Error('away'));
    nowMs += 9000;
    troubles.failed('broker 1', '', new Error('away'));
    troubles.worked('broker 1', '');
  }
  assert.deepEqual(lines, []);
});
