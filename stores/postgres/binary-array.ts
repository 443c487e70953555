/** Types by their OID (`pg_type.dat`). */
const oids = {
  text: 25,
  jsonb: 3802,
  int8: 20,
  float8: 701,
  timestamptz: 1184,
  bytea: 17,
} as const;

export type ElementType = keyof typeof oids;

const headerBytes = 20;
/** Postgres counts its times from the year 2000. */
const epochMicros = 946_684_800_000_000;

/**
 * One column of many rows as a parameter for `unnest`, in Postgres's binary format of an array (`array_recv`): texts go
 * as they are, with nothing to escape, and times and doubles exactly. pg sends a Buffer in binary.
 */
export class BinaryArray {
  readonly #type: ElementType;
  #bytes = Buffer.allocUnsafe(1024);
  #used = headerBytes;
  #count = 0;

  constructor(type: ElementType) {
    this.#type = type;
  }

  /** A text, or a JSON text for `jsonb`. */
  addText(value: string | null): void {
    if (value === null) {
      this.#addNull();
      return;
    }
    const versionBytes = this.#type === 'jsonb' ? 1 : 0;
    // UTF-8 takes three bytes for a UTF-16 unit at most.
    this.#reserve(4 + versionBytes + value.length * 3);
    const start = this.#used + 4;
    if (versionBytes === 1) this.#bytes[start] = 1;
    const length = versionBytes + this.#bytes.write(value, start + versionBytes);
    this.#bytes.writeInt32BE(length, this.#used);
    this.#used = start + length;
    this.#count++;
  }

  addDouble(value: number | null): void {
    if (value === null) {
      this.#addNull();
      return;
    }
    this.#reserve(12);
    this.#used = this.#bytes.writeInt32BE(8, this.#used);
    this.#used = this.#bytes.writeDoubleBE(value, this.#used);
    this.#count++;
  }

  /** Whole, within 2^53; for `timestamptz` microseconds since 1970. */
  addInteger(value: number): void {
    const shifted = this.#type === 'timestamptz' ? value - epochMicros : value;
    const high = Math.floor(shifted / 2 ** 32);
    this.#reserve(12);
    this.#used = this.#bytes.writeInt32BE(8, this.#used);
    this.#used = this.#bytes.writeInt32BE(high, this.#used);
    this.#used = this.#bytes.writeUInt32BE(shifted - high * 2 ** 32, this.#used);
    this.#count++;
  }

  addBytes(value: Buffer): void {
    this.#reserve(4 + value.length);
    this.#used = this.#bytes.writeInt32BE(value.length, this.#used);
    this.#used += value.copy(this.#bytes, this.#used);
    this.#count++;
  }

  #addNull(): void {
    this.#reserve(4);
    this.#used = this.#bytes.writeInt32BE(-1, this.#used);
    this.#count++;
  }

  /** The array; nothing may be added any more. */
  finish(): Buffer {
    const dimensions = this.#count === 0 ? 0 : 1;
    this.#bytes.writeInt32BE(dimensions, 0);
    this.#bytes.writeInt32BE(1, 4);
    this.#bytes.writeInt32BE(oids[this.#type], 8);
    this.#bytes.writeInt32BE(this.#count, 12);
    this.#bytes.writeInt32BE(1, 16);
    return this.#bytes.subarray(0, this.#count === 0 ? 12 : this.#used);
  }

  #reserve(bytes: number): void {
    if (this.#used + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#used + bytes));
    this.#bytes.copy(larger, 0, 0, this.#used);
    this.#bytes = larger;
  }
}

export function textArray(values: readonly string[]): Buffer {
  const array = new BinaryArray('text');
  for (const value of values) array.addText(value);
  return array.finish();
}

export function integerArray(values: readonly number[]): Buffer {
  const array = new BinaryArray('int8');
  for (const value of values) array.addInteger(value);
  return array.finish();
}
