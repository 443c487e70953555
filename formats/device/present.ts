/** Without what is undefined. */
export function present<T>(values: Readonly<Record<string, T | undefined>>): Record<string, T> {
  const all = Object.entries(values);
  return Object.fromEntries(all.filter((entry): entry is [string, T] => entry[1] !== undefined));
}
