/** Names that other programs rely on: exact. `ledgerTopic` is internal. */
export const rawTopic = 'readings.raw.v1';
export const enrichedTopic = 'readings.enriched.v1';
export const deadLettersTopic = 'deadletters.v1';
export const registersTopic = 'registers.v1';
export const modelsTopic = 'models.v1';
/** Compacted; JSON. What ingress instances and the enricher's partitions have counted (see core/ledger/). */
export const ledgerTopic = 'ledger.v1';
/** JSON, under `source/deliveryId`: what webhooks have delivered, so that a repeat is known to every replica. Internal. */
export const deliveriesTopic = 'deliveries.v1';
