import type { LogRecord, NewRecord } from '../event-log.ts';

/**
 * A record batch as one blob, little-endian, record after record:
 * offset less the blob's base (4 bytes), key length (4), value length (4; all ones: tombstone), time in ms (8, double),
 * key in UTF-8, value. Each record has an offset of its own, so that compaction can leave gaps.
 */
export const recordHeaderBytes = 20;
const tombstoneLength = 0xffffffff;

/** An upper bound of what `writeRecord` needs for this record. */
export function maxEncodedBytes(record: NewRecord): number {
  return recordHeaderBytes + record.key.length * 3 + (record.value?.length ?? 0);
}

/** Writes a record whose key bytes stand already at `position + recordHeaderBytes`. Returns where it ends. */
export function finishRecord(
  bytes: Buffer,
  position: number,
  keyEnd: number,
  offsetDelta: number,
  record: Pick<NewRecord, 'value' | 'timestampMs'>,
): number {
  const { value } = record;
  bytes.writeUInt32LE(offsetDelta, position);
  bytes.writeUInt32LE(keyEnd - position - recordHeaderBytes, position + 4);
  bytes.writeUInt32LE(value === null ? tombstoneLength : value.length, position + 8);
  bytes.writeDoubleLE(record.timestampMs, position + 12);
  if (value === null) return keyEnd;
  bytes.set(value, keyEnd);
  return keyEnd + value.length;
}

/** Where one record stands in a blob. */
export interface RecordPlace {
  readonly offset: number;
  readonly start: number;
  readonly keyStart: number;
  readonly keyEnd: number;
  /** One past its last byte. */
  readonly end: number;
  readonly isTombstone: boolean;
  readonly timestampMs: number;
}

export function* recordPlaces(bytes: Buffer, baseOffset: number): Generator<RecordPlace> {
  for (let start = 0; start < bytes.length; ) {
    const keyStart = start + recordHeaderBytes;
    const keyEnd = keyStart + bytes.readUInt32LE(start + 4);
    const valueBytes = bytes.readUInt32LE(start + 8);
    const isTombstone = valueBytes === tombstoneLength;
    const end = isTombstone ? keyEnd : keyEnd + valueBytes;
    const offset = baseOffset + bytes.readUInt32LE(start);
    const timestampMs = bytes.readDoubleLE(start + 12);
    yield { offset, start, keyStart, keyEnd, end, isTombstone, timestampMs };
    start = end;
  }
}

/** A record as it stands, for a blob with another base. */
export function rebasedRecord(bytes: Buffer, place: RecordPlace, baseOffset: number): Buffer {
  const record = Buffer.from(bytes.subarray(place.start, place.end));
  record.writeUInt32LE(place.offset - baseOffset, 0);
  return record;
}

export function decodeBlob(bytes: Buffer, baseOffset: number): LogRecord[] {
  const records: LogRecord[] = [];
  let position = 0;
  while (position < bytes.length) {
    const keyStart = position + recordHeaderBytes;
    const keyEnd = keyStart + bytes.readUInt32LE(position + 4);
    const valueBytes = bytes.readUInt32LE(position + 8);
    const end = valueBytes === tombstoneLength ? keyEnd : keyEnd + valueBytes;
    records.push({
      offset: baseOffset + bytes.readUInt32LE(position),
      key: bytes.toString('utf8', keyStart, keyEnd),
      value: valueBytes === tombstoneLength ? null : bytes.subarray(keyEnd, end),
      timestampMs: bytes.readDoubleLE(position + 12),
    });
    position = end;
  }
  return records;
}
