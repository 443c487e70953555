import { readingCodec } from '../../core/codec.ts';
import { sourceOf } from '../../core/ledger/source-of.ts';
import { type LogRecord, maxRecordBytes } from '../../core/log/event-log.ts';
import type { DeadLetterOutcome } from '../../core/outcome.ts';
import type { Reading } from '../../core/reading.ts';
import type { Arrival } from './decode-records.ts';
import type { Memory } from './memory.ts';
import type { Plan } from './plan.ts';
import { SourceCounts } from './source-counts.ts';
import type { Past, Step, StepOutcome } from './step.ts';

export interface PassedOn {
  readonly record: LogRecord;
  /** Of `readings.enriched.v1`. */
  readonly value: Buffer;
}

export interface SetAside {
  readonly record: LogRecord;
  /** Undefined when the record can't be decoded. */
  readonly reading: Reading | undefined;
  readonly source: string;
  readonly outcome: DeadLetterOutcome;
}

/** What a batch became. Each record is in exactly one of the counts of its source. */
export interface EnrichedBatch {
  readonly passedOn: readonly PassedOn[];
  readonly setAside: readonly SetAside[];
  readonly counts: SourceCounts;
  /** By the name of the filter, and of the register. */
  readonly filteredByRule: ReadonlyMap<string, number>;
  readonly unjoinedByRegister: ReadonlyMap<string, number>;
}

/** Room for what a log adds to a record. */
const maxValueBytes = maxRecordBytes - 1024;

/**
 * Runs each record's steps, in the records' order. Pure but for `memory`, which is this batch's own and learns
 * what was passed on, so that a repeat within the batch is one too.
 */
export function enrichBatch(
  arrivals: readonly Arrival[],
  memory: Memory,
  plan: Plan,
): EnrichedBatch {
  const passedOn: PassedOn[] = [];
  const setAside: SetAside[] = [];
  const counts = new SourceCounts();
  const filteredByRule = new Map<string, number>();
  const unjoinedByRegister = new Map<string, number>();

  for (const { record, decoded } of arrivals) {
    const reading = decoded.kind === 'ok' ? decoded.reading : undefined;
    const source = reading?.source ?? sourceOf(record.value);
    const count = counts.of(source);
    count.read++;
    let end: Ending;
    if (reading) {
      const past = memory.past(record.key, reading.observedAt);
      const steps = plan(reading.source, reading.entityType);
      end = runSteps({ record, reading, past, steps, unjoinedByRegister });
      if (end.kind === 'passedOn') memory.passOn(record.key, reading, past);
    } else {
      end = decoded as DeadLetterOutcome;
    }
    switch (end.kind) {
      case 'passedOn':
        count.passedOn++;
        passedOn.push({ record, value: end.value });
        break;
      case 'deadLetter':
        count.deadLettered++;
        setAside.push({ record, reading, source, outcome: end });
        break;
      case 'drop':
        if (end.reason === 'repeated') count.deduplicated++;
        else {
          count.filtered++;
          add(filteredByRule, end.rule);
        }
    }
  }
  return { passedOn, setAside, counts, filteredByRule, unjoinedByRegister };
}

type Ending =
  | Exclude<StepOutcome, { readonly kind: 'ok' }>
  | { readonly kind: 'passedOn'; readonly value: Buffer };

function runSteps(way: {
  readonly record: LogRecord;
  readonly reading: Reading;
  readonly past: Past;
  readonly steps: readonly Step[];
  readonly unjoinedByRegister: Map<string, number>;
}): Ending {
  let { reading } = way;
  const { source, entityType, entityId, observedAt, eventId } = reading;
  for (const step of way.steps) {
    const outcome = step(reading, way.past);
    if (outcome.kind !== 'ok') return outcome;
    if (outcome.unjoined !== undefined) add(way.unjoinedByRegister, outcome.unjoined);
    reading = outcome.reading;
  }
  const isAnother =
    reading.eventId !== eventId ||
    reading.observedAt !== observedAt ||
    reading.entityId !== entityId ||
    reading.entityType !== entityType ||
    reading.source !== source;
  if (isAnother) return rewritten;
  return encoded(way.record, way.reading, reading);
}

/** A repeat of it would not be recognised, and its row would stand under another entity than its record. */
const rewritten: Ending = {
  kind: 'deadLetter',
  reason: 'rule-threw',
  detail:
    "A rule should leave the reading's source, entity, observedAt and eventId as they are; one has written into them.",
};

/** The value to pass on: the very bytes that came when no step changed the reading. */
function encoded(record: LogRecord, before: Reading, after: Reading): Ending {
  if (after === before && record.value !== null) return { kind: 'passedOn', value: record.value };
  let value: Buffer;
  try {
    value = readingCodec.encode(after);
  } catch (error) {
    // A rule has written into the reading that it was shown.
    return {
      kind: 'deadLetter',
      reason: 'field-kind',
      detail: `After the steps the reading should fit its schema; ${error instanceof Error ? error.message : String(error)}.`,
    };
  }
  if (value.length + record.key.length * 3 <= maxValueBytes) return { kind: 'passedOn', value };
  return {
    kind: 'deadLetter',
    reason: 'payload-too-large',
    detail: `After the steps the reading should take at most ${maxValueBytes} bytes with its key; it takes ${value.length}.`,
  };
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
