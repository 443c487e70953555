import type { FormatMemory } from '../../core/format.ts';

/** What a format remembers, in a map: for tests and benches, where nothing has to outlive them. */
export function mapMemory(): FormatMemory & { readonly entries: ReadonlyMap<string, string> } {
  const entries = new Map<string, string>();
  return {
    entries,
    get: (key) => entries.get(key),
    put(key, value) {
      if (value === undefined) entries.delete(key);
      else entries.set(key, value);
    },
  };
}
