import { readingCodec } from '../../../core/codec.ts';
import type { LogRecord } from '../../../core/log/event-log.ts';
import type { Position } from '../../../core/reading.ts';
import { toApiReading } from '../api/to-api-entity.ts';

interface Decoded {
  readonly json: string;
  readonly position: Position | null;
}

/**
 * A record on its way to the clients. It is decoded and made into JSON once for all of them, when the first one
 * wants it; a feed that is filtered by entity never decodes what it leaves out.
 */
export class LiveReading {
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly #value: Buffer;
  #decoded: Decoded | undefined;

  constructor(partition: number, record: LogRecord) {
    this.partition = partition;
    this.offset = record.offset;
    this.key = record.key;
    this.#value = record.value ?? Buffer.alloc(0);
  }

  /** As `ApiReading`; empty when the record can't be decoded. */
  get json(): string {
    this.#decoded ??= decode(this.#value);
    return this.#decoded.json;
  }

  /** Null when this reading has none. */
  get position(): Position | null {
    this.#decoded ??= decode(this.#value);
    return this.#decoded.position;
  }

  /** Keeps the bytes only, which are small and outside of the heap; whoever asks again decodes again. */
  forget(): void {
    this.#decoded = undefined;
  }
}

function decode(value: Buffer): Decoded {
  try {
    const reading = readingCodec.decode(value);
    return { json: JSON.stringify(toApiReading(reading)), position: reading.position };
  } catch {
    // The sinks make it a dead letter; a feed can only leave it out.
    return { json: '', position: null };
  }
}
