import assert from 'node:assert/strict';
import { describe } from 'node:test';
import type { StoreReader, StoreWriter } from '../../../stores/store.ts';
import { withoutEngine } from '../../support/require-stack.ts';
import { influxAsSqliteContract } from './influx-as-sqlite.ts';
import { influxStore, influxVersions } from './influx-store-under-test.ts';
import { influxWritingContract } from './influx-writing-contract.ts';
import { seriesContract } from './series-contract.ts';
import type { StoreFactory } from './store-under-test.ts';

const skip = withoutEngine();

for (const [name, settings] of influxVersions) {
  /** Of the contract's store it keeps history, and no account. */
  const factory: StoreFactory = async () => {
    const store = await influxStore(settings);
    return {
      keeps: ['history'],
      openWriter: async (options) => {
        const writer = await store.openWriter(options);
        const writeReadings: StoreWriter['writeReadings'] = async (batch) =>
          (await writer.writeReadings(batch)).refusals;
        return { writeReadings } as StoreWriter;
      },
      openReader: async () => (await store.openReader()) as StoreReader,
      refuseEntity: () => assert.fail('no part of the series'),
      remove: () => store.remove(),
    };
  };
  describe(`the store on ${name}`, { skip }, () => {
    describe('series', () => seriesContract(factory));
    describe('beside SQLite', () => influxAsSqliteContract(() => influxStore(settings)));
    describe('writing points', () => influxWritingContract(() => influxStore(settings)));
  });
}
