import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { createEvents } from '../../../core/events.ts';
import { IngressTally } from '../../../core/ledger/ingress-tally.ts';
import type { EventLog, NewRecord } from '../../../core/log/event-log.ts';
import { custom } from '../../../formats/custom.ts';
import { FormatMemories } from '../../../services/mqtt-ingress/format-memories.ts';
import { IngressMetrics } from '../../../services/mqtt-ingress/ingress-metrics.ts';
import { Intake } from '../../../services/mqtt-ingress/intake.ts';
import { SourceMatcher } from '../../../services/mqtt-ingress/source-matcher.ts';

type Sources = ConstructorParameters<typeof SourceMatcher>[0];

const noMemories = new FormatMemories({
  db: {
    remembered: () => undefined,
    saveRemembered: () => ({ values: 0, bytes: 0 }),
    measureRemembered: () => ({ values: 0, bytes: 0 }),
  },
  onRefused: () => undefined,
});

/** What happened to one packet that our broker is to retain, in order. */
async function takeRetained(
  retain: () => void,
  { payload = Buffer.from('on'), sources = {} }: { payload?: Buffer; sources?: Sources } = {},
): Promise<string[]> {
  const told: string[] = [];
  const append = async (records: readonly NewRecord[]) => {
    for (const { topic } of records) told.push(topic);
  };
  const metrics = new Registry();
  const intake = new Intake({
    log: { append } as unknown as EventLog,
    matcher: new SourceMatcher(sources),
    tally: new IngressTally('one'),
    metrics: new IngressMetrics(metrics),
    memories: noMemories,
    events: createEvents({ level: 'silent', metrics, destination: { write: () => undefined } }),
    now: () => 1e15,
    random: () => 'random',
    retain: () => {
      told.push('retained');
      retain();
    },
  });
  const state = { topic: 'lamp', payload, retain: true, keep: true } as const;
  intake.take(
    { ...state, qos: 1, mayRepeat: false, traceparent: null },
    { accepted: () => told.push('accepted'), failed: () => told.push('failed') },
    { publish: () => undefined },
  );
  await intake.drain();
  return told;
}

test('a retained packet is saved before it is acknowledged', async () => {
  assert.deepEqual(await takeRetained(() => undefined), ['retained', 'accepted']);
});

test('a retained packet that can not be saved is not acknowledged', async () => {
  const full = () => {
    throw new Error('database or disk is full');
  };
  assert.deepEqual(await takeRetained(full), ['retained', 'failed']);
});

test('the packet that deletes a retained one is filtered, not decoded', async () => {
  const format = custom({
    name: 'lamps',
    emits: { lamp: ['on'] },
    decode: () => {
      throw new Error('it should not be asked');
    },
  });
  const sources = { lamps: { topics: ['lamp'], format } };
  assert.deepEqual(await takeRetained(() => undefined, { payload: Buffer.alloc(0), sources }), [
    'ledger.v1',
    'retained',
    'accepted',
  ]);
});

test('an append that the log leaves unanswered is seen to wait, though later ones are answered', async () => {
  const answers: (() => void)[] = [];
  const append = () => new Promise<void>((resolve) => answers.push(resolve));
  let nowMicros = 1e15;
  const metrics = new Registry();
  const intake = new Intake({
    log: { append } as unknown as EventLog,
    matcher: new SourceMatcher({
      lamps: {
        topics: ['lamp'],
        format: custom({
          name: 'lamps',
          emits: {},
          decode: () => [{ kind: 'drop', reason: 'not-a-reading' }],
        }),
      },
    }),
    tally: new IngressTally('one'),
    metrics: new IngressMetrics(metrics),
    memories: noMemories,
    events: createEvents({ level: 'silent', metrics, destination: { write: () => undefined } }),
    now: () => nowMicros,
    random: () => 'random',
  });
  const packet = { topic: 'lamp', payload: Buffer.from('on'), retain: false, keep: false } as const;
  const take = async () => {
    intake.take(
      { ...packet, qos: 1, mayRepeat: false, traceparent: null },
      { accepted: () => undefined, failed: () => undefined },
      { publish: () => undefined },
    );
    await new Promise((resolve) => setImmediate(resolve));
  };
  await take();
  nowMicros += 3e6;
  await take();
  answers[1]?.();
  await new Promise((resolve) => setImmediate(resolve));
  nowMicros += 3e6;
  assert.equal(intake.waitingMicros, 6e6);
  answers[0]?.();
  await intake.drain();
  assert.equal(intake.waitingMicros, 0);
});
