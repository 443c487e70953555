import type { FormatMemory } from '../../core/format.ts';
import type { StepState } from '../../core/log/event-log.ts';

/** A format that asks for ever other keys is given no more than it has after so many rounds. */
const mostRounds = 20;

/**
 * Runs a decoding with what the source's format remembers, which is state of the log: what is put commits with the page.
 * State is loaded before it can be read, and only decoding tells which keys are needed: so it runs again when it has
 * asked for some that were not at hand. `decode` is pure but for the memory.
 */
export async function withMemory<T>(
  state: StepState,
  source: string,
  decode: (memory: FormatMemory) => T,
): Promise<T> {
  const keyOf = (key: string) => `${source}\0${key}`;
  const atHand = new Set<string>();
  for (let round = 1; ; round++) {
    const missing = new Set<string>();
    const puts = new Map<string, string | undefined>();
    const made = decode({
      get(key) {
        if (puts.has(key)) return puts.get(key);
        if (atHand.has(key)) return state.get(keyOf(key))?.toString('utf8');
        missing.add(key);
        return undefined;
      },
      put: (key, value) => void puts.set(key, value),
    });
    if (missing.size === 0 || round >= mostRounds) {
      for (const [key, value] of puts)
        state.put(keyOf(key), value === undefined ? null : Buffer.from(value));
      return made;
    }
    await state.load([...missing].map(keyOf));
    for (const key of missing) atHand.add(key);
  }
}
