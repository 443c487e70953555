/** Names that other programs rely on: exact. `ledgerTopic` is internal. */
export const rawTopic = 'readings.raw.v1';
export const enrichedTopic = 'readings.enriched.v1';
export const deadLettersTopic = 'deadletters.v1';
export const registersTopic = 'registers.v1';
export const modelsTopic = 'models.v1';
/** Compacted; JSON. What ingress instances and the enricher's partitions have counted (see core/ledger/). */
export const ledgerTopic = 'ledger.v1';
