import type { StoreReader } from '../store.ts';

/** What the reader's thread is started with. */
export interface ReaderData {
  readonly file: string;
}

/** The calls that the reader's thread answers: the contract's, at once. */
export type ReaderCalls = {
  readonly [K in keyof StoreReader]: (
    ...args: Parameters<StoreReader[K]>
  ) => Awaited<ReturnType<StoreReader[K]>>;
};

/** What is read where no writer ran yet. */
export const emptyStore = {
  page: { items: [], nextCursor: null },
  snapshot: { entities: [], offsets: {} },
  account: { offsets: {}, sources: {} },
  totals: { entities: 0, readings: 0, oldest: null, newest: null },
} as const;
