import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { EventLog } from '../../../core/log/event-log.ts';
import { type LogDriver, record, topic } from './log-driver.ts';
import { countPerKey } from './process-contract.ts';
import { readAll, readCount, textsByKey } from './read-records.ts';

type Step =
  | { readonly kind: 'append'; readonly keys: readonly string[]; readonly calls: number }
  | { readonly kind: 'process'; readonly maxRecords: number }
  | { readonly kind: 'reopen' }
  | { readonly kind: 'read' };

const key = fc.constantFrom('k/1', 'k/2', 'ü/3', 'k/4');
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('append' as const),
    keys: fc.array(key, { minLength: 1, maxLength: 12 }),
    calls: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({ kind: fc.constant('process' as const), maxRecords: fc.integer({ min: 1, max: 9 }) }),
  fc.constant({ kind: 'reopen' as const }),
  fc.constant({ kind: 'read' as const }),
);

/** What a log is, without disk, partitions or time. */
class ModelLog {
  readonly input: Record<string, string[]> = {};
  output: Record<string, string[]> = {};
  count = 0;
  processed = 0;

  append(keyOf: string): string {
    const value = `${this.count++}`;
    this.input[keyOf] = [...(this.input[keyOf] ?? []), value];
    return value;
  }

  process(): void {
    this.processed = this.count;
    this.output = Object.fromEntries(
      Object.entries(this.input).map(([of, values]) => [
        of,
        values.map((value, at) => `${value}:${at}`),
      ]),
    );
  }
}

async function take(log: EventLog, model: ModelLog, { kind, ...step }: Step): Promise<void> {
  if (kind === 'append') {
    const { keys, calls } = step as Extract<Step, { kind: 'append' }>;
    const appends = Array.from({ length: calls }, () =>
      log.append(keys.map((of) => record('in', of, model.append(of)))),
    );
    await Promise.all(appends);
  }
  if (kind === 'process') {
    const { maxRecords } = step as Extract<Step, { kind: 'process' }>;
    const consumption = await log.process({
      group: 'g',
      topics: ['in'],
      handle: countPerKey,
      maxRecords,
    });
    model.process();
    if (model.processed > 0) await readCount(log, ['out'], model.processed);
    await consumption.stop();
  }
  assert.deepEqual(textsByKey(await readAll(log, ['in'])), model.input);
  assert.deepEqual(textsByKey(await readAll(log, ['out'])), model.output);
}

export function modelContract(driver: LogDriver): void {
  test('any sequence of appends, processing, reading and opening again agrees with a simple model', {
    timeout: 240_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), async (steps) => {
        const place = await driver.create();
        try {
          const model = new ModelLog();
          let log = await place.open();
          await log.createTopics([topic('in', 3), topic('out', 3)]);
          for (const next of steps) {
            if (next.kind === 'reopen') {
              await log.close();
              log = await place.open();
            }
            await take(log, model, next);
          }
        } finally {
          await place.remove();
        }
      }),
      { numRuns: 25 },
    );
  });
}
