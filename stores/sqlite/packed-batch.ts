import type { RecordBatch } from '../../core/log/event-log.ts';

/**
 * A record batch as it crosses to the writer's thread: one buffer, transferred and not copied.
 * First each record's offset (double), then each value's end (uint32), then the values side by side.
 */
export interface PackedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly nextOffset: number;
  readonly count: number;
  readonly packed: ArrayBuffer;
}

const offsetBytes = 8;
const endBytes = 4;

/** Packs a batch. A tombstone becomes a value of no bytes. */
export function packBatch(batch: RecordBatch): PackedBatch {
  const { topic, partition, nextOffset, records } = batch;
  const count = records.length;
  let valueBytes = 0;
  for (const record of records) valueBytes += record.value?.length ?? 0;
  const valuesStart = count * (offsetBytes + endBytes);
  const packed = new ArrayBuffer(valuesStart + valueBytes);
  const offsets = new Float64Array(packed, 0, count);
  const ends = new Uint32Array(packed, count * offsetBytes, count);
  const values = new Uint8Array(packed, valuesStart);
  let end = 0;
  let index = 0;
  for (const record of records) {
    if (record.value) {
      values.set(record.value, end);
      end += record.value.length;
    }
    offsets[index] = record.offset;
    ends[index] = end;
    index++;
  }
  return { topic, partition, nextOffset, count, packed };
}

/** The records of a packed batch by index, without copying. */
export class UnpackedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly nextOffset: number;
  readonly count: number;
  readonly #offsets: Float64Array;
  readonly #ends: Uint32Array;
  readonly #values: Buffer;

  constructor({ topic, partition, nextOffset, count, packed }: PackedBatch) {
    this.topic = topic;
    this.partition = partition;
    this.nextOffset = nextOffset;
    this.count = count;
    this.#offsets = new Float64Array(packed, 0, count);
    this.#ends = new Uint32Array(packed, count * offsetBytes, count);
    this.#values = Buffer.from(packed, count * (offsetBytes + endBytes));
  }

  offset(index: number): number {
    return this.#offsets[index] ?? 0;
  }

  value(index: number): Buffer {
    const start = index === 0 ? 0 : this.#ends[index - 1];
    return this.#values.subarray(start, this.#ends[index]);
  }
}
