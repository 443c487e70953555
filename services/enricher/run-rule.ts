import { messageOfThrown } from '../../core/message-of-thrown.ts';
import type { DeadLetterOutcome } from '../../core/outcome.ts';

/**
 * Where a user's own function threw: its name, the error, and the line of the configuration that it happened on.
 * Absolute paths are cut to what stands after the configuration's folder.
 */
export function ruleThrew(name: string, folder: string, error: unknown): DeadLetterOutcome {
  const isError = error instanceof Error;
  const first = isError ? messageOfThrown(error) : `Thrown: ${messageOfThrown(error)}`;
  const frames = isError && typeof error.stack === 'string' ? error.stack.split('\n').slice(1) : [];
  const frame = frames.find((line) => line.includes(folder) && !line.includes('/node_modules/'));
  const at = frame?.trim().replaceAll(`file://${folder}/`, '').replaceAll(`${folder}/`, '');
  return {
    kind: 'deadLetter',
    reason: 'rule-threw',
    detail: `The rule "${name}" threw: ${first.slice(0, 300)}${at === undefined ? '' : ` ${at.slice(0, 200)}`}`,
    place: name,
  };
}

/**
 * Called with what a user's function gave where a plain value is wanted. Of an async one it is a promise, which is
 * refused; but nobody would hear it reject, and that would end the process, at each start anew.
 */
export function hearOut(given: unknown): void {
  if (given instanceof Promise) given.catch(() => undefined);
}
