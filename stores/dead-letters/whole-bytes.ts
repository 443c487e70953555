import { hash } from 'node:crypto';
import type { DeadLetter } from '../../core/dead-letter.ts';
import type { DeadLetterReader } from '../store.ts';

const pageLetters = 20;
/** Payloads kept: letters of one payload come one after the other. */
const keptPayloads = 4;

/** Finds all bytes of what came for a letter that holds only their beginning. Made for one step. */
export class WholeBytes {
  readonly #store: Pick<DeadLetterReader, 'deadLetters'>;
  readonly #kept = new Map<string, Buffer | undefined>();

  constructor(store: Pick<DeadLetterReader, 'deadLetters'>) {
    this.#store = store;
  }

  /** Undefined when no letter of the same payload has them: of several bad parts the first keeps all. */
  async of(letter: DeadLetter): Promise<Buffer | undefined> {
    const { bytes, totalBytes, sha256 } = letter;
    if (bytes.length >= totalBytes) return bytes;
    if (sha256 === null) return undefined;
    if (!this.#kept.has(sha256)) {
      const oldest = this.#kept.keys().next().value;
      if (this.#kept.size >= keptPayloads && oldest !== undefined) this.#kept.delete(oldest);
      const sameTime = { from: letter.deadAt, to: letter.deadAt + 1 };
      // The letters of one payload died at one time; one that died again later has another.
      const found = (await this.#search(letter, sameTime)) ?? (await this.#search(letter, {}));
      this.#kept.set(sha256, found);
    }
    return this.#kept.get(sha256);
  }

  async #search(
    { source, stage, totalBytes, sha256 }: DeadLetter,
    range: { readonly from?: number; readonly to?: number },
  ): Promise<Buffer | undefined> {
    let cursor: string | null = null;
    do {
      const query = { source, stage, ...range, limit: pageLetters };
      const page = await this.#store.deadLetters(cursor === null ? query : { ...query, cursor });
      for (const { bytes } of page.items)
        if (bytes.length === totalBytes && hash('sha256', bytes) === sha256) return bytes;
      ({ nextCursor: cursor } = page);
    } while (cursor !== null);
    return undefined;
  }
}
