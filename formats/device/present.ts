/** Without what is undefined. */
export function present<T>(values: Readonly<Record<string, T | undefined>>): Record<string, T> {
  const there: Record<string, T> = {};
  // A loop: entries and back would take most of a decode.
  for (const name in values) {
    const value = values[name];
    if (value !== undefined) there[name] = value;
  }
  return there;
}
