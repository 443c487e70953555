import { describe } from 'node:test';
import { deadLettersContract } from './dead-letters-contract.ts';
import { entitiesContract } from './entities-contract.ts';
import { mergingContract } from './merging-contract.ts';
import { refusalContract, refusalLatestContract } from './refusal-contract.ts';
import { seriesContract } from './series-contract.ts';
import { allParts, type StoreFactory, type StorePart } from './store-under-test.ts';
import { writingContract } from './writing-contract.ts';

/** What every driver of the store's contract passes, unchanged, for the parts that it keeps. */
export function run(
  driver: string,
  factory: StoreFactory,
  keeps: readonly StorePart[] = allParts,
): void {
  describe(`the store on ${driver}`, () => {
    describe('writing', () => writingContract(factory));
    describe('refusals', () => refusalContract(factory));
    if (keeps.includes('latest')) {
      describe('refusals and the latest', () => refusalLatestContract(factory));
      describe('merging', () => mergingContract(factory));
      describe('entities', () => entitiesContract(factory));
    }
    if (keeps.includes('history')) describe('series', () => seriesContract(factory));
    if (keeps.includes('dead letters'))
      describe('dead letters', () => deadLettersContract(factory));
  });
}
