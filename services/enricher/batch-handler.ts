import type { DeadLetterNotice } from '../../core/dead-letter-notice.ts';
import {
  type EnricherEntry,
  enricherKey,
  parseLedgerEntry,
} from '../../core/ledger/ledger-entries.ts';
import type {
  NewRecord,
  ProcessHandler,
  RecordBatch,
  StepState,
} from '../../core/log/event-log.ts';
import { deadLetterRecord, makeDeadLetter } from '../../core/make-dead-letter.ts';
import { enrichedTopic, ledgerTopic, returnedTopic } from '../../core/topics.ts';
import { decodeRecords } from './decode-records.ts';
import { type EnrichedBatch, enrichBatch, type SetAside } from './enrich-batch.ts';
import { loadMemory, saveMemory } from './load-memory.ts';
import type { EnricherMetrics } from './metrics.ts';
import type { Plan } from './plan.ts';
import { returnBatch } from './return-batch.ts';

export interface BatchHandlerParts {
  readonly plan: Plan;
  /** Null: for ever. */
  readonly dedupeHorizonMs: number | null;
  readonly metrics: EnricherMetrics;
  /** Microseconds since 1970. */
  readonly now: () => number;
  readonly notice: DeadLetterNotice;
}

/** Entries of other versions are swept away: raise it when the meaning of a step's entries changes. */
const dedupeState = { step: 'dedupe', version: 1 };
const countsState = { step: 'counts', version: 1 };
const countsKey = 'counts';

/**
 * Decodes a batch, brings in the state that it needs, runs the steps, and hands back everything that commits as one:
 * enriched readings, dead letters, and the counts as an entry of the ledger.
 */
export function batchHandler(parts: BatchHandlerParts): ProcessHandler {
  const { plan, metrics, now, notice, dedupeHorizonMs } = parts;
  return async (batch, context) => {
    const timer = metrics.startBatch();
    const arrivals = decodeRecords(batch.records);
    timer.phase('decode');
    const counts = context.state(countsState.step, countsState.version);
    const nowMicros = now();
    const nowMs = Math.floor(nowMicros / 1000);
    let enriched: EnrichedBatch;
    if (batch.topic === returnedTopic) {
      await counts.load([countsKey]);
      timer.phase('load');
      enriched = returnBatch(arrivals);
      timer.phase('steps');
    } else {
      const dedupe = context.state(dedupeState.step, dedupeState.version);
      const [memory] = await Promise.all([loadMemory(dedupe, arrivals), counts.load([countsKey])]);
      timer.phase('load');
      enriched = enrichBatch(arrivals, memory, plan);
      timer.phase('steps');
      saveMemory(dedupe, memory, dedupeHorizonMs === null ? undefined : nowMs + dedupeHorizonMs);
    }
    const ledger = countBatch(batch, counts, enriched, nowMs);
    const records = [
      ...enriched.passedOn.map(({ record, value }) => ({
        topic: enrichedTopic,
        key: record.key,
        value,
        timestampMs: record.timestampMs,
      })),
      ...enriched.setAside.map((aside) => deadLetterOf(aside, nowMicros)),
      ledger,
    ];
    timer.phase('emit');
    metrics.countBatch(batch, enriched, nowMs);
    for (const { source, outcome } of enriched.setAside) notice.tell(source, outcome);
    return records;
  };
}

/** Adds the batch to the partition's counts, and returns them as the ledger's record. */
function countBatch(
  batch: RecordBatch,
  counts: StepState,
  enriched: EnrichedBatch,
  nowMs: number,
): NewRecord {
  const before = counts.get(countsKey);
  const known = before === undefined ? undefined : parseLedgerEntry<EnricherEntry>(before);
  const entry: EnricherEntry = {
    // Of the raw partition alone: what returns is counted when it is read, and in no sum before.
    offset: batch.topic === returnedTopic ? (known?.offset ?? 0) : batch.nextOffset,
    sources: enriched.counts.addedTo(known?.sources ?? {}),
  };
  const value = Buffer.from(JSON.stringify(entry));
  counts.put(countsKey, value);
  return { topic: ledgerTopic, key: enricherKey(batch.partition), value, timestampMs: nowMs };
}

function deadLetterOf({ record, reading, source, outcome }: SetAside, deadAt: number): NewRecord {
  return deadLetterRecord(
    makeDeadLetter({
      source,
      stage: 'enricher',
      reason: outcome.reason,
      detail: outcome.detail,
      place: outcome.place,
      contentType: 'avro/binary',
      bytes: record.value ?? new Uint8Array(0),
      eventId: reading?.eventId ?? null,
      receivedAt: reading?.receivedAt ?? record.timestampMs * 1000,
      deadAt,
    }),
  );
}
