/** Names of what no message shows, and of what may hold it where something else was expected. */
const pattern =
  /((secret|token|password|authorization|cookie|api-?key|[-_](auth|key))s?|^verify|^users|^auth)$/i;

/** Whether the place in a configuration, or one of a list there, may hold a secret. */
export function mayBeSecret(path: readonly PropertyKey[]): boolean {
  return pattern.test(String(path.findLast((key) => typeof key !== 'number') ?? ''));
}

/** Absent, or a secret that is neither in the environment nor in a file. */
export function isNothing(value: unknown): boolean {
  return value === undefined || (isNamed(value) && value.value === undefined);
}

/** For `JSON.stringify`: three dots in the place of each secret. */
export function withoutSecrets(key: string, value: unknown): unknown {
  if (isNamed(value)) return `secret(${JSON.stringify(value.secret)})`;
  return value !== undefined && mayBeSecret([key]) && !isHolder(value) ? '...' : value;
}

/** Its own parts are looked at. */
const isHolder = (value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What `secret('NAME')` gives. */
export const isNamed = (value: unknown): value is { secret: unknown; value: unknown } =>
  typeof value === 'object' && value !== null && 'secret' in value && 'value' in value;
