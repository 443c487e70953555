import { hostname, userInfo } from 'node:os';
import type { LetterRequest } from '../../stores/dead-letters/letter-steps.ts';
import type { DeadLetterFilter } from '../../stores/store.ts';
import { parseTailFrom } from '../tail/parse-tail-from.ts';
import { parseWhere } from '../tail/where.ts';
import { UsageError } from '../usage-error.ts';

/** As the command line says which dead letters. */
export interface LetterOptions {
  readonly source?: string | undefined;
  readonly stage?: string | undefined;
  /** A code; for `discard`, whose reason is why, absent. */
  readonly reason?: string | undefined;
  readonly id?: readonly string[] | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** Throws `UsageError`. */
export function filterOf(
  { id: ids, from, to, ...names }: LetterOptions,
  nowMs: number,
): Omit<DeadLetterFilter, 'state'> {
  const given = Object.entries(names).filter(([, name]) => name !== undefined);
  return {
    ...Object.fromEntries(given),
    ...(ids !== undefined && { ids }),
    ...(from !== undefined && { from: timeOf('--from', from, nowMs) }),
    ...(to !== undefined && { to: timeOf('--to', to, nowMs) }),
  };
}

function timeOf(option: string, text: string, nowMs: number): number {
  const time = text === 'earliest' || text === 'latest' ? undefined : orUndefined(text, nowMs);
  if (time === undefined)
    throw new UsageError(
      `${option} should be a time as 2026-05-01T08:00:00Z or a span back as 15m, and is "${text}".`,
    );
  return time * 1000;
}

function orUndefined(text: string, nowMs: number): number | undefined {
  try {
    const from = parseTailFrom(text, nowMs);
    return typeof from === 'object' && 'timeMs' in from ? from.timeMs : undefined;
  } catch {
    return undefined;
  }
}

/** What a replay or discarding asks for, but for the step's own. Throws `UsageError`. */
export function requestOf(options: {
  readonly filter: Omit<DeadLetterFilter, 'state'>;
  readonly where: readonly string[];
  readonly includeClosed: boolean;
  readonly dryRun: boolean;
  readonly reason: string | null;
}): Omit<LetterRequest, 'limit' | 'cursor'> {
  for (const text of options.where) parseWhere(text);
  return { ...options, by: whoAsks() };
}

function whoAsks(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    // A user without a name, as containers have.
    return `uid ${process.getuid?.() ?? 'unknown'}@${hostname()}`;
  }
}
