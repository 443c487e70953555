import type { DeadLetterOutcome } from '../../core/outcome.ts';

/**
 * Where a user's own function threw: its name, the error, and the line of the configuration that it happened on.
 * Absolute paths are cut to what stands after the configuration's folder.
 */
export function ruleThrew(name: string, folder: string, error: unknown): DeadLetterOutcome {
  const stack =
    error instanceof Error ? (error.stack ?? String(error)) : `Thrown: ${String(error)}`;
  const [first = '', ...frames] = stack.split('\n');
  const frame = frames.find((line) => line.includes(folder) && !line.includes('/node_modules/'));
  const at = frame?.trim().replaceAll(`file://${folder}/`, '').replaceAll(`${folder}/`, '');
  return {
    kind: 'deadLetter',
    reason: 'rule-threw',
    detail: `The rule "${name}" threw: ${first.slice(0, 300)}${at === undefined ? '' : ` ${at.slice(0, 200)}`}`,
    place: name,
  };
}
