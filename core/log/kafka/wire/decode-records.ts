import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { MillraceError } from '../../../errors.ts';
import type { LogRecord } from '../../event-log.ts';
import { batchHeaderBytes, transactionalFlag } from './record-batch.ts';

/** Records that one producer wrote at once, all committed. Their values are views of the answer. */
export interface StableBatch {
  readonly records: readonly LogRecord[];
  readonly nextOffset: number;
  readonly byteLength: number;
  /** Undefined: not written in a transaction. */
  readonly producerId: number | undefined;
}

const controlFlag = 0x20;

/**
 * Record batches v2 (https://kafka.apache.org/documentation/#recordbatch) from an offset on, without markers and
 * without what was aborted. Unlike kafkajs's decoder it goes by each batch's last offset, so that batches which
 * compaction has emptied are passed, and it keeps numbers as numbers.
 */
export function decodeRecords(
  bytes: Buffer,
  fromOffset: number,
  aborted: readonly { readonly producerId: number; readonly firstOffset: number }[],
): { batches: StableBatch[]; nextOffset: number } {
  const batches: StableBatch[] = [];
  const waiting = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  const aborting = new Set<number>();
  let nextOffset = fromOffset;
  for (let at = 0; at + batchHeaderBytes <= bytes.length; ) {
    const end = at + 12 + bytes.readInt32BE(at + 8);
    // The answer is cut off at its bound: the rest comes next time.
    if (end > bytes.length) break;
    if (bytes[at + 16] !== 2) throw unreadable('a message format before Kafka 0.11');
    const baseOffset = Number(bytes.readBigInt64BE(at));
    const lastOffset = baseOffset + bytes.readInt32BE(at + 23);
    const attributes = bytes.readInt16BE(at + 21);
    const producerId = Number(bytes.readBigInt64BE(at + 43));
    while (waiting[0] && waiting[0].firstOffset <= lastOffset)
      aborting.add(waiting.shift()?.producerId ?? -1);
    const isTransactional = (attributes & transactionalFlag) !== 0;
    if ((attributes & controlFlag) !== 0) {
      if (isAbortMarker(bytes, at + batchHeaderBytes)) aborting.delete(producerId);
    } else if (lastOffset >= fromOffset && !(isTransactional && aborting.has(producerId))) {
      const records = recordsOf(bytes.subarray(at, end), baseOffset, attributes, fromOffset);
      if (records.length > 0)
        batches.push({
          records,
          nextOffset: lastOffset + 1,
          byteLength: end - at,
          producerId: isTransactional ? producerId : undefined,
        });
    }
    nextOffset = Math.max(nextOffset, lastOffset + 1);
    at = end;
  }
  return { batches, nextOffset };
}

/** A marker is one record: length, attributes, two deltas, key length (a byte each), then version and type. */
function isAbortMarker(bytes: Buffer, at: number): boolean {
  return bytes.readInt16BE(at + 7) === 0;
}

function recordsOf(
  batch: Buffer,
  baseOffset: number,
  attributes: number,
  fromOffset: number,
): LogRecord[] {
  const count = batch.readInt32BE(57);
  const firstTimestampMs = Number(batch.readBigInt64BE(27));
  const appendTimestampMs = attributes & 0x08 ? Number(batch.readBigInt64BE(35)) : undefined;
  const reader = new VarintReader(decompress(batch.subarray(batchHeaderBytes), attributes & 0x07));
  const records: LogRecord[] = [];
  for (let left = count; left > 0; left--) {
    const length = reader.varint();
    const end = reader.at + length;
    reader.at++;
    const timestampMs = firstTimestampMs + reader.varint();
    const offset = baseOffset + reader.varint();
    const keyBytes = reader.varint();
    const key = keyBytes > 0 ? reader.text(keyBytes) : '';
    const valueBytes = reader.varint();
    const value = valueBytes < 0 ? null : reader.view(valueBytes);
    if (offset >= fromOffset)
      records.push({ offset, key, value, timestampMs: appendTimestampMs ?? timestampMs });
    reader.at = end;
  }
  return records;
}

function decompress(bytes: Buffer, codec: number): Buffer {
  if (codec === 0) return bytes;
  if (codec === 1) return gunzipSync(bytes);
  if (codec === 4) return zstdDecompressSync(bytes);
  throw unreadable('snappy or lz4');
}

function unreadable(what: string): MillraceError {
  return new MillraceError(
    'RECORD_UNDECODABLE',
    `A topic holds records in ${what}, which can't be read here. Let its producers use no compression, gzip or zstd.`,
  );
}

class VarintReader {
  readonly #bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Zigzag; to 2^53 either way. */
  varint(): number {
    let byte = this.#bytes[this.at++] as number;
    let value = byte & 0x7f;
    let scale = 128;
    while (byte > 0x7f) {
      byte = this.#bytes[this.at++] as number;
      value += (byte & 0x7f) * scale;
      scale *= 128;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  text(byteLength: number): string {
    this.at += byteLength;
    return this.#bytes.toString('utf8', this.at - byteLength, this.at);
  }

  view(byteLength: number): Buffer {
    this.at += byteLength;
    return this.#bytes.subarray(this.at - byteLength, this.at);
  }
}
