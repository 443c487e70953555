import { describe } from 'node:test';
import { deadLettersContract } from './dead-letters-contract.ts';
import { entitiesContract } from './entities-contract.ts';
import { mergingContract } from './merging-contract.ts';
import { refusalContract } from './refusal-contract.ts';
import { seriesContract } from './series-contract.ts';
import type { StoreFactory } from './store-under-test.ts';
import { writingContract } from './writing-contract.ts';

/** What every driver of the store's contract passes, unchanged. */
export function run(driver: string, factory: StoreFactory): void {
  describe(`the store on ${driver}`, () => {
    describe('writing', () => writingContract(factory));
    describe('refusals', () => refusalContract(factory));
    describe('merging', () => mergingContract(factory));
    describe('entities', () => entitiesContract(factory));
    describe('series', () => seriesContract(factory));
    describe('dead letters', () => deadLettersContract(factory));
  });
}
