import type { Pipeline } from '../../core/config/pipeline.ts';
import type { OpenTrial, ReadingTrial } from '../../core/dead-letters/attempt.ts';
import type { Events } from '../../core/events.ts';
import type { LogReader } from '../../core/log/event-log.ts';
import { openRegisterTable } from '../../core/reference/register-table.ts';
import { decodeRecords } from './decode-records.ts';
import { enrichBatch } from './enrich-batch.ts';
import { Memory } from './memory.ts';
import { makePlan } from './plan.ts';
import type { LookUp } from './steps/join-register.ts';

/** With the registers as the log has them. For `millrace dlq replay` and the dashboard. */
export async function openReadingTrial(parts: {
  readonly pipeline: Pipeline;
  readonly log: Pick<LogReader, 'table'>;
  readonly events: Pick<Events, 'warn'>;
}): Promise<OpenTrial> {
  const registers = await openRegisterTable(parts.log, parts.events);
  const tryReading = readingTrial(parts.pipeline, registers.get);
  return { tryReading, close: () => registers.close() };
}

/** Runs the steps over one record as the enricher would that has seen nothing before, and keeps nothing. */
export function readingTrial(pipeline: Pipeline, lookUp: LookUp): ReadingTrial {
  const plan = makePlan(pipeline, lookUp);
  return ({ key, value }) => {
    const memory = new Memory();
    memory.rememberSummary(key, undefined);
    const record = { offset: 0, key, value, timestampMs: 0 };
    const { passedOn, setAside } = enrichBatch(decodeRecords([record]), memory, plan);
    const [aside] = setAside;
    if (aside) {
      const { reason, detail, place } = aside.outcome;
      return {
        kind: 'dies',
        reason,
        detail: place === undefined ? detail : `${detail} (at ${place})`,
      };
    }
    return { kind: passedOn.length > 0 ? 'passes' : 'filtered' };
  };
}
