import { MillraceError } from '../../core/errors.ts';
import { type LetterRequest, type LetterStepParts, nextLetters } from './letter-steps.ts';

export interface DiscardReport {
  /** Under which it stands in the record of actions; null for a dry run. */
  readonly action: string | null;
  /** Dead letters that are discarded, or of a dry run: that would be. */
  readonly letters: number;
  /** Dead letters that were looked at for them. */
  readonly seen: number;
  readonly nextCursor: string | null;
}

/**
 * One step of a discarding: the letters are closed with the reason. Their bytes stay as long as those of others, and the
 * ledger is as before: they were counted as dead-lettered and still are. Throws `INPUT_INVALID` without a reason, and
 * without anything that says which.
 */
export async function discardLetters(
  parts: LetterStepParts,
  request: LetterRequest & { readonly reason: string },
): Promise<DiscardReport> {
  const reason = request.reason.trim();
  if (reason === '')
    throw new MillraceError(
      'INPUT_INVALID',
      'Why they are discarded should be told, and is empty.',
    );
  const isNarrowed = Object.values(request.filter).some((wanted) => wanted !== undefined);
  if (!isNarrowed && request.where.length === 0)
    throw new MillraceError(
      'INPUT_INVALID',
      'Which dead letters are to be discarded should be told: by id, source, stage, reason, a time or a filter; nothing was.',
    );
  const step = await nextLetters(parts, 'discard', { ...request, reason });
  const { action, at } = step;
  const marks = step.letters.map(
    ({ id, deadAt }) => ({ id, state: 'discarded', deadAt, at, action, reason }) as const,
  );
  await step.finish(marks, { letters: marks.length, readings: 0, stillDead: 0 });
  const { seen, nextCursor } = step;
  return { action: request.dryRun ? null : action, letters: marks.length, seen, nextCursor };
}
