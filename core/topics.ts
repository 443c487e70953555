/** Names that other programs rely on: exact. Those with a sentence of their own are internal. */
export const rawTopic = 'readings.raw.v1';
export const enrichedTopic = 'readings.enriched.v1';
export const deadLettersTopic = 'deadletters.v1';
export const registersTopic = 'registers.v1';
export const modelsTopic = 'models.v1';
/** Compacted; JSON. What ingress instances and the enricher's partitions have counted (see core/ledger/). */
export const ledgerTopic = 'ledger.v1';
/** JSON, under `source/deliveryId`: what webhooks have delivered, so that a repeat is known to every replica. Internal. */
export const deliveriesTopic = 'deliveries.v1';
/** Readings of `readings.enriched.v1` that a sink had set aside, on their way back there: the enricher passes them on, and counts them. */
export const returnedTopic = 'readings.returned.v1';
/** JSON, under the dead letter's id: what somebody did with it (see core/dead-letters/). */
export const deadLetterMarksTopic = 'deadletters.marks.v1';
/** Compacted; JSON, each entry under a key of its own, so that all stay: who did what with which dead letters. */
export const deadLetterActionsTopic = 'deadletters.actions.v1';
/** JSON, under the source's name: when which polled source is to be asked, and backfills that people asked for. Internal. */
export const pollsTopic = 'polls.v1';
/** Compacted; JSON, under the source's name: how each polled source stands (see core/poll/). Internal. */
export const pollStatesTopic = 'pollstates.v1';
