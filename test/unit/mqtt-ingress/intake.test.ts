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
