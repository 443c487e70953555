import { inspect } from 'node:util';

/**
 * The first line of what a user's function threw: an error's name and message, or whatever else it was. Never throws
 * itself, as `String` does of a symbol's template or of an object without a prototype.
 */
export function messageOfThrown(thrown: unknown): string {
  if (thrown instanceof Error && typeof thrown.stack === 'string')
    return thrown.stack.split('\n', 1)[0] ?? '';
  return inspect(thrown, { depth: 1 }).split('\n', 1)[0] ?? '';
}
