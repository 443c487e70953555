/** The command was called in a way it can't be: exit code 2, and the sentence says how it can. */
export class UsageError extends Error {
  override name = 'UsageError';
}
