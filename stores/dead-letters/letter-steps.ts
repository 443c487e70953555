import { randomUUID } from 'node:crypto';
import {
  type ActionCounts,
  actionRecord,
  type DeadLetterVerb,
} from '../../core/dead-letters/action-entry.ts';
import { type DeadLetterMark, markRecord } from '../../core/dead-letters/dead-letter-mark.ts';
import { letterValue } from '../../core/dead-letters/letter-value.ts';
import type { EventLog } from '../../core/log/event-log.ts';
import { parseWhere } from '../../core/where.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import type { DeadLetterFilter, DeadLetterReader, StoredDeadLetter } from '../store.ts';

/** Which dead letters, and who asks. An action of any length is done in steps, each asked for with the cursor of the last. */
export interface LetterRequest {
  /** Times in microseconds. */
  readonly filter: Omit<DeadLetterFilter, 'state'>;
  /** As `--where` takes them; all must hold. */
  readonly where: readonly string[];
  /** Those too that were replayed or discarded before. */
  readonly includeClosed: boolean;
  /** Says what would come of it, and changes nothing. */
  readonly dryRun: boolean;
  /** Who, for the record of actions. */
  readonly by: string;
  /** Why, for the same. */
  readonly reason: string | null;
  /** Dead letters looked at in this step, at most: each may hold a megabyte. */
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface LetterStepParts {
  readonly store: Pick<DeadLetterReader, 'deadLetters'>;
  readonly log: Pick<EventLog, 'append'>;
  /** Microseconds since 1970. */
  readonly now: () => number;
}

/** A step under way. */
export interface LetterStep {
  /** Stands in marks and in the record of actions. */
  readonly action: string;
  /** Of this step: the time that its records and marks have. */
  readonly at: number;
  readonly letters: readonly StoredDeadLetter[];
  /** Dead letters that were looked at for them. */
  readonly seen: number;
  /** For the next step; null when this is the last. */
  readonly nextCursor: string | null;
  /** Closes letters, with what the action has done: nothing of it is counted before it is durable. */
  finish(marks: readonly DeadLetterMark[], counts: ActionCounts): Promise<void>;
}

/**
 * Begins an action, or goes on with it: the next dead letters that are wanted, the oldest first, so that readings come in
 * the order in which they were observed. Who does what stands in the log before anything is done. Those that die while the
 * action goes on are not part of it. Throws `INPUT_INVALID` for a filter or cursor that is none.
 */
export async function nextLetters(
  parts: LetterStepParts,
  verb: DeadLetterVerb,
  request: LetterRequest,
): Promise<LetterStep> {
  const { store, log, now } = parts;
  const { filter, where, includeClosed, dryRun, limit } = request;
  const wheres = where.map(parseWhere);
  const at = now();
  const begun = request.cursor === undefined ? undefined : readCursor(request.cursor);
  const { action, part, before } = begun ?? { action: randomUUID(), part: 1, before: at + 1 };
  const page = await store.deadLetters({
    ...filter,
    ...(!includeClosed && { state: 'open' }),
    to: Math.min(filter.to ?? before, before),
    oldestFirst: true,
    limit,
    ...(begun && { cursor: begun.cursor }),
  });
  const letters = page.items.filter((letter) => {
    const value = wheres.length === 0 ? undefined : letterValue(letter);
    return wheres.every((holds) => holds(value));
  });
  if (begun === undefined && !dryRun) await log.append([beginRecord(action, at, verb, request)]);
  return {
    action,
    at,
    letters,
    seen: page.items.length,
    nextCursor:
      page.nextCursor === null ? null : encodeCursor([action, part + 1, before, page.nextCursor]),
    finish: async (marks, counts) => {
      if (dryRun) return;
      const isLast = page.nextCursor === null;
      const entry = actionRecord({ action, part, at, isLast, ...counts });
      await log.append([...marks.map(markRecord), entry]);
    },
  };
}

function beginRecord(
  action: string,
  at: number,
  verb: DeadLetterVerb,
  { filter, where, includeClosed, by, reason }: LetterRequest,
) {
  const asked = {
    ...filter,
    ...(where.length > 0 && { where }),
    ...(includeClosed && { all: true }),
  };
  return actionRecord({ action, part: 0, verb, at, by, reason, filter: asked });
}

function readCursor(cursor: string) {
  const [action, part, before, ofStore] = decodeCursor(cursor, [
    'string',
    'number',
    'number',
    'string',
  ]);
  return {
    action: String(action),
    part: Number(part),
    before: Number(before),
    cursor: String(ofStore),
  };
}
