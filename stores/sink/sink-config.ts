/** How a sink reads the log and writes its store. */
export interface SinkConfig {
  readonly name: string;
  readonly group: string;
  readonly topics: readonly string[];
  /** Bounds of a batch. Many readings of one entity in one transaction cost little more than one. */
  readonly maxRecords: number;
  readonly maxBytes: number;
  /** Between two batches of one partition that are not full: what comes meanwhile shares a transaction. */
  readonly minBatchIntervalMs: number;
  /** Pauses between tries while the store, or the log for dead letters, is away. */
  readonly retry: { readonly firstMs: number; readonly maxMs: number };
  readonly pruneEveryMs: number;
}
