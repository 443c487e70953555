import type { LogRecord, NewRecord } from '../log/event-log.ts';
import { deadLetterActionsTopic } from '../topics.ts';

export type DeadLetterVerb = 'replay' | 'discard';

/** Who did what, with which dead letters, and why. Entry 0 of an action; durable before anything is done. */
export interface ActionBegin {
  readonly action: string;
  readonly part: 0;
  readonly verb: DeadLetterVerb;
  /** Microseconds since 1970. */
  readonly at: number;
  /** As whoever asked names himself; nobody proves it. */
  readonly by: string;
  /** Why; null for a replay that says nothing. */
  readonly reason: string | null;
  /** What was asked for: filters by their names. */
  readonly filter: Readonly<Record<string, unknown>>;
}

/** What one step of an action did; durable with the marks of its dead letters. */
export interface ActionStep extends ActionCounts {
  readonly action: string;
  readonly part: number;
  readonly at: number;
  /** Nothing more was left to do. */
  readonly isLast: boolean;
}

export interface ActionCounts {
  /** Dead letters that are replayed, or discarded. */
  readonly letters: number;
  /** Readings that went into the log again. */
  readonly readings: number;
  /** Dead letters that stay open: they would die again, or can't be tried. */
  readonly stillDead: number;
}

/** An action as its entries tell it. */
export interface DeadLetterAction extends Omit<ActionBegin, 'part'>, ActionCounts {
  /** When its last step was done; null: it did nothing. */
  readonly lastAt: number | null;
  /** False: it was broken off, or goes on. */
  readonly isDone: boolean;
}

/** Keys are unique, so that the compacted topic keeps every entry for ever. */
export function actionRecord(entry: ActionBegin | ActionStep): NewRecord {
  return {
    topic: deadLetterActionsTopic,
    key: `${entry.action}/${entry.part}`,
    value: Buffer.from(JSON.stringify(entry)),
    timestampMs: Math.floor(entry.at / 1000),
  };
}

/** Every action, the oldest first. Entries that can't be read are left out. */
export function actionsOf(records: Iterable<Pick<LogRecord, 'value'>>): DeadLetterAction[] {
  const begins = new Map<string, ActionBegin>();
  const steps = new Map<string, ActionStep[]>();
  for (const { value } of records) {
    const entry = parseEntry(value);
    if (entry === undefined) continue;
    if (isBegin(entry)) begins.set(entry.action, entry);
    else steps.set(entry.action, [...(steps.get(entry.action) ?? []), entry]);
  }
  return [...begins.values()]
    .map(({ part, ...begin }) => ({ ...begin, ...sumOf(steps.get(begin.action) ?? []) }))
    .sort((a, b) => a.at - b.at || (a.action < b.action ? -1 : 1));
}

function sumOf(steps: readonly ActionStep[]) {
  const sum = (of: (step: ActionStep) => number) =>
    steps.reduce((total, step) => total + of(step), 0);
  return {
    letters: sum(({ letters }) => letters),
    readings: sum(({ readings }) => readings),
    stillDead: sum(({ stillDead }) => stillDead),
    lastAt: steps.length === 0 ? null : Math.max(...steps.map(({ at }) => at)),
    isDone: steps.some(({ isLast }) => isLast),
  };
}

function isBegin(entry: ActionBegin | ActionStep): entry is ActionBegin {
  return entry.part === 0;
}

function parseEntry(value: Buffer | null): ActionBegin | ActionStep | undefined {
  if (value === null) return undefined;
  try {
    const entry = JSON.parse(value.toString('utf8')) as ActionBegin | ActionStep;
    return typeof entry.action === 'string' && typeof entry.part === 'number' ? entry : undefined;
  } catch {
    return undefined;
  }
}
