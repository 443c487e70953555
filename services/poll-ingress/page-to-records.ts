import type { FormatMemory } from '../../core/format.ts';
import { identifiedFormat } from '../../core/intake/identified-format.ts';
import { incomingToRecords } from '../../core/intake/incoming-to-records.ts';
import type { NewRecord } from '../../core/log/event-log.ts';
import type { DeadLetterOutcome } from '../../core/outcome.ts';
import type { SourcePlan } from './source-plan.ts';

/** What a page was asked for as, and what of it goes to the format. */
export interface Page {
  readonly payloads: readonly Uint8Array[];
  readonly contentType: string | undefined;
  /** Names this page of this poll for ever: its parts without time and id are known by it. */
  readonly id: string;
  /** Microseconds since 1970. */
  readonly receivedAt: number;
  /** Of formats that remember. */
  readonly memory?: FormatMemory | undefined;
}

export interface PageRecords {
  readonly records: readonly NewRecord[];
  readonly readings: number;
  readonly filtered: number;
  readonly deadLetters: number;
  readonly firstDead: DeadLetterOutcome | undefined;
}

/** The readings and dead letters of a page, as they go into the log. Pure but for `memory`. */
export function pageToRecords(plan: SourcePlan, page: Page): PageRecords {
  const format = identifiedFormat(plan.format);
  const records: NewRecord[] = [];
  let [readings, filtered, deadLetters] = [0, 0, 0];
  let firstDead: DeadLetterOutcome | undefined;
  for (const [index, payload] of page.payloads.entries()) {
    const outcome = incomingToRecords({ ...incomingOf(plan, page, index), format, payload });
    for (const record of outcome.records) records.push(record);
    readings += outcome.readings;
    filtered += outcome.filtered;
    deadLetters += outcome.deadLetters;
    firstDead ??= outcome.firstDead;
  }
  return { records, readings, filtered, deadLetters, firstDead };
}

/** A page that is none, kept whole (or its beginning) with the reason. */
export function deadPage(plan: SourcePlan, page: Page, outcome: DeadLetterOutcome): PageRecords {
  const format = { ...identifiedFormat(plan.format), decode: () => [outcome] };
  const payload = page.payloads[0] ?? new Uint8Array(0);
  const { records } = incomingToRecords({ ...incomingOf(plan, page, 0), format, payload });
  return { records, readings: 0, filtered: 0, deadLetters: records.length, firstDead: outcome };
}

function incomingOf(
  plan: SourcePlan,
  { contentType, id, memory, receivedAt }: Page,
  index: number,
) {
  return {
    source: plan.source,
    topic: plan.topic,
    contentType: plan.paths.items === undefined ? contentType : 'application/json',
    deliveryId: `${id}/${index}`,
    mayRepeat: false,
    traceparent: null,
    receivedAt,
    memory,
    random: neverAsked,
    largestBytes: plan.maxBodyBytes,
  };
}

/** Every part of a page is known by the page's id at least. */
function neverAsked(): string {
  throw new Error('A part of a page that was polled should not need a random id.');
}
