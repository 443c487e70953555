import type { StepState } from '../../core/log/event-log.ts';
import type { Arrival } from './decode-records.ts';
import { Memory, momentKey, type Summary, summaryKey } from './memory.ts';
import { packTexts, unpackTexts } from './pack-texts.ts';

/**
 * Brings in what the batch needs: the summary of each entity, and the ids of those times that are not newer than it.
 * One round trip for a batch in order, two when something is late.
 */
export async function loadMemory(state: StepState, arrivals: readonly Arrival[]): Promise<Memory> {
  const memory = new Memory();
  const entities = new Set<string>();
  for (const { record, decoded } of arrivals) if (decoded.kind === 'ok') entities.add(record.key);
  await state.load(Array.from(entities, summaryKey));
  for (const entity of entities) {
    memory.rememberSummary(entity, unpackSummary(state.get(summaryKey(entity))));
  }

  const moments = new Set<string>();
  for (const { record, decoded } of arrivals) {
    if (decoded.kind !== 'ok') continue;
    const { observedAt } = decoded.reading;
    if (memory.mayHoldIds(record.key, observedAt)) moments.add(momentKey(record.key, observedAt));
  }
  if (moments.size > 0) await state.load([...moments]);
  for (const moment of moments) {
    const packed = state.get(moment);
    memory.rememberIds(moment, packed === undefined ? [] : unpackTexts(packed.toString()));
  }
  return memory;
}

/** Puts what changed. Entries may be forgotten after `expiresAtMs`; undefined: never. */
export function saveMemory(
  state: StepState,
  memory: Memory,
  expiresAtMs: number | undefined,
): void {
  for (const [entity, summary] of memory.changedSummaries()) {
    state.put(summaryKey(entity), packSummary(summary), expiresAtMs);
  }
  for (const [moment, ids] of memory.changedMoments()) {
    state.put(moment, Buffer.from(packTexts(ids)), expiresAtMs);
  }
}

function packSummary({ newest, contents }: Summary): Buffer {
  return Buffer.from(packTexts([String(newest), ...contents]));
}

function unpackSummary(packed: Buffer | undefined): Summary | undefined {
  if (packed === undefined) return undefined;
  const [newest, ...contents] = unpackTexts(packed.toString());
  return { newest: Number(newest), contents };
}
