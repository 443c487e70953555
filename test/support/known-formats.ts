import type { Format, FormatInput } from '../../core/format.ts';
import { goldenFormat, goldenPayloads } from './golden-payloads.ts';
import { mapMemory } from './map-memory.ts';

/** A format with the real payloads that it is tried on. */
export interface KnownFormat {
  /** Of its folder in test/golden. */
  readonly name: string;
  readonly format: Format;
  /** With a memory, one for all of them, where the format remembers. */
  readonly payloads: readonly FormatInput[];
}

/**
 * Every format that has golden cases. A folder in test/golden with a `format.ts` and a case is all that it takes to be
 * among them: in the golden test, in the fuzz test and in the bench `formats`.
 */
export async function knownFormats(): Promise<KnownFormat[]> {
  const known: KnownFormat[] = [];
  for (const [name, inputs] of goldenPayloads()) {
    const format = await goldenFormat(name);
    const memory = format.remembers === true ? mapMemory() : undefined;
    const payloads = memory === undefined ? inputs : inputs.map((input) => ({ ...input, memory }));
    known.push({ name, format, payloads });
  }
  return known;
}
