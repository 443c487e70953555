import { readingCodec } from '../../../core/codec.ts';
import type { LogRecord } from '../../../core/log/event-log.ts';
import type { Position } from '../../../core/reading.ts';
import { toApiReading } from '../api/to-api-entity.ts';

/**
 * A record on its way to the clients. It is decoded and made into JSON once for all of them, when the first one
 * wants it; a feed that is filtered by entity never decodes what it leaves out.
 */
export class LiveReading {
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  #value: Buffer | undefined;
  #json = '';
  #position: Position | null = null;

  constructor(partition: number, record: LogRecord) {
    this.partition = partition;
    this.offset = record.offset;
    this.key = record.key;
    this.#value = record.value ?? Buffer.alloc(0);
  }

  /** As `ApiReading`; empty when the record can't be decoded. */
  get json(): string {
    this.#decode();
    return this.#json;
  }

  /** Null when this reading has none. */
  get position(): Position | null {
    this.#decode();
    return this.#position;
  }

  #decode(): void {
    if (this.#value === undefined) return;
    try {
      const reading = readingCodec.decode(this.#value);
      this.#position = reading.position;
      this.#json = JSON.stringify(toApiReading(reading));
    } catch {
      // The sinks make it a dead letter; a feed can only leave it out.
      this.#json = '';
    }
    // The bytes may be a slice of a large buffer; let go of it.
    this.#value = undefined;
  }
}
