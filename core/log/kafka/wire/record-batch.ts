import { crc32c } from './crc32c.ts';

/**
 * Record batch of magic 2 (https://kafka.apache.org/documentation/#recordbatch): base offset (8), length (4), leader
 * epoch (4), magic (1), CRC (4) of all that follows, attributes (2), last offset delta (4), first and newest time
 * (8 each), producer id (8) and epoch (2), first sequence (4), number of records (4), records.
 */
export const batchHeaderBytes = 61;
const crcAt = 17;
const attributesAt = 21;
export const transactionalFlag = 0x10;

/** What a record takes beside key and value at most: five varints of lengths and deltas, attributes, headers. */
export const recordOverheadBytes = 28;
const firstBytes = 4096;

/** Who sends a batch, for the broker to tell repeats. -1 and 0 without idempotence. */
export interface BatchSender {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly firstSequence: number;
  readonly transactional: boolean;
}

/**
 * Consecutive records for one partition, written as the broker takes them when they are added: what waits for its
 * send is bytes and no objects. Without headers.
 */
export class RecordBatch {
  bytes = Buffer.allocUnsafe(firstBytes);
  /** Bytes in use, header included. */
  used = batchHeaderBytes;
  /** Records, by which sequence numbers are counted. */
  length = 0;
  #firstTimestampMs = 0;
  #newestTimestampMs = 0;

  /** `key` is UTF-8, and null for a record without; `value` null is a tombstone. */
  add(key: Uint8Array | null, value: Uint8Array | null, timestampMs: number): void {
    if (this.length === 0) {
      this.#firstTimestampMs = timestampMs;
      this.#newestTimestampMs = timestampMs;
    } else if (timestampMs > this.#newestTimestampMs) this.#newestTimestampMs = timestampMs;
    const timeDelta = zigZag(timestampMs - this.#firstTimestampMs);
    const offsetDelta = zigZag(this.length++);
    const keyLength = key === null ? 1 : zigZag(key.length);
    const valueLength = value === null ? 1 : zigZag(value.length);
    const keyBytes = key?.length ?? 0;
    const valueBytes = value?.length ?? 0;
    const bodyBytes =
      2 +
      varintBytes(timeDelta) +
      varintBytes(offsetDelta) +
      varintBytes(keyLength) +
      keyBytes +
      varintBytes(valueLength) +
      valueBytes;
    this.#makeRoom(bodyBytes + 5);
    const { bytes } = this;
    let at = writeVarint(bytes, this.used, zigZag(bodyBytes));
    bytes[at++] = 0;
    at = writeVarint(bytes, at, timeDelta);
    at = writeVarint(bytes, at, offsetDelta);
    at = writeVarint(bytes, at, keyLength);
    if (key) at = copy(bytes, at, key);
    at = writeVarint(bytes, at, valueLength);
    if (value) at = copy(bytes, at, value);
    bytes[at++] = 0;
    this.used = at;
  }

  /** The batch as it goes out. May be asked for again, as a retry does. */
  finish({ producerId, producerEpoch, firstSequence, transactional }: BatchSender): Buffer {
    const { bytes, used } = this;
    bytes.writeBigInt64BE(0n, 0);
    bytes.writeInt32BE(used - 12, 8);
    bytes.writeInt32BE(0, 12);
    bytes[16] = 2;
    bytes.writeInt16BE(transactional ? transactionalFlag : 0, attributesAt);
    bytes.writeInt32BE(this.length - 1, 23);
    bytes.writeBigInt64BE(BigInt(this.#firstTimestampMs), 27);
    bytes.writeBigInt64BE(BigInt(this.#newestTimestampMs), 35);
    bytes.writeBigInt64BE(producerId, 43);
    bytes.writeInt16BE(producerEpoch, 51);
    bytes.writeInt32BE(firstSequence, 53);
    bytes.writeInt32BE(this.length, 57);
    bytes.writeUInt32BE(crc32c(bytes, attributesAt, used), crcAt);
    return bytes.subarray(0, used);
  }

  #makeRoom(more: number): void {
    if (this.used + more <= this.bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.used + more));
    this.bytes.copy(grown, 0, 0, this.used);
    this.bytes = grown;
  }
}

/** Signed to unsigned, small ones first. By arithmetic: times differ by more than 32 bits hold. */
function zigZag(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1;
}

function varintBytes(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  let count = 2;
  for (let rest = value / 0x4000; rest >= 1; rest /= 0x80) count++;
  return count;
}

function writeVarint(bytes: Buffer, position: number, value: number): number {
  let at = position;
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes[at++] = (rest % 0x80) | 0x80;
  bytes[at++] = rest;
  return at;
}

/** A loop beats a call for what is as short as keys are. */
function copy(bytes: Buffer, position: number, from: Uint8Array): number {
  const { length } = from;
  if (length > 48) bytes.set(from, position);
  else for (let at = 0; at < length; at++) bytes[position + at] = from[at] as number;
  return position + length;
}
