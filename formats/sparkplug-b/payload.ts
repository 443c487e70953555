/** The Sparkplug B payload (Eclipse Sparkplug 3.0, 6.4): its fields by their numbers in protobuf. */
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { Datatype } from './datatype.ts';

/** What a metric holds, as it came; what it means depends on its datatype. */
export type MetricValue =
  | { readonly kind: 'int'; readonly bits: bigint }
  | { readonly kind: 'float' | 'double'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'string'; readonly value: string }
  /** Bytes, a DataSet, a Template, an extension: not looked into. */
  | { readonly kind: 'other' };

export interface Metric {
  name: string | undefined;
  /** A uint64. */
  alias: bigint | undefined;
  /** Milliseconds since 1970. */
  timestamp: number | undefined;
  /** Undefined, or 0, when the message leaves it to the birth. */
  datatype: number | undefined;
  isHistorical: boolean;
  isTransient: boolean;
  isNull: boolean;
  value: MetricValue | undefined;
}

export interface Payload {
  /** Milliseconds since 1970, by the edge node's clock. */
  readonly timestamp: number | undefined;
  readonly seq: number | undefined;
  /** Says what `body` is, where there is one. */
  readonly uuid: string | undefined;
  readonly body: Uint8Array | undefined;
  readonly metrics: readonly Metric[];
}

/** A field's number and wire type in one, as the tag has it: another wire type is another (unknown) field. */
const tag = (field: number, wire: WireType) => (field << 3) | wire;
const { Varint, Bit32, Bit64, LengthDelimited } = WireType;

/** Throws what the reader says of bytes that are no such message, and `RangeError` past `maxMetrics`. */
export function decodePayload(bytes: Uint8Array, maxMetrics: number): Payload {
  const reader = new BinaryReader(bytes);
  let timestamp: number | undefined;
  let seq: number | undefined;
  let uuid: string | undefined;
  let body: Uint8Array | undefined;
  const metrics: Metric[] = [];
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    switch (tag(field, wire)) {
      case tag(1, Varint):
        timestamp = readNumber(reader);
        break;
      case tag(2, LengthDelimited):
        if (metrics.length >= maxMetrics)
          throw new RangeError(`it has more than ${maxMetrics} metrics`);
        metrics.push(decodeMetric(reader));
        break;
      case tag(3, Varint):
        seq = readNumber(reader);
        break;
      case tag(4, LengthDelimited):
        uuid = reader.string();
        break;
      case tag(5, LengthDelimited):
        body = reader.bytes();
        break;
      default:
        reader.skip(wire, field);
    }
  }
  return { timestamp, seq, uuid, body, metrics };
}

function decodeMetric(reader: BinaryReader): Metric {
  const length = reader.uint32();
  const end = reader.pos + length;
  if (end > reader.len) throw new RangeError('a metric is cut off');
  const metric: Metric = {
    name: undefined,
    alias: undefined,
    timestamp: undefined,
    datatype: undefined,
    isHistorical: false,
    isTransient: false,
    isNull: false,
    value: undefined,
  };
  while (reader.pos < end) readMetricField(reader, metric);
  if (reader.pos !== end) throw new RangeError('a metric is longer than it says');
  return metric;
}

function readMetricField(reader: BinaryReader, metric: Metric): void {
  const [field, wire] = reader.tag();
  switch (tag(field, wire)) {
    case tag(1, LengthDelimited):
      metric.name = reader.string();
      break;
    case tag(2, Varint):
      metric.alias = BigInt(reader.uint64());
      break;
    case tag(3, Varint):
      metric.timestamp = readNumber(reader);
      break;
    case tag(4, Varint):
      metric.datatype = reader.uint32();
      break;
    case tag(5, Varint):
      metric.isHistorical = reader.bool();
      break;
    case tag(6, Varint):
      metric.isTransient = reader.bool();
      break;
    case tag(7, Varint):
      metric.isNull = reader.bool();
      break;
    // Encoders differ in which of the two they put 32 bits into, and negative ones may come with 64.
    case tag(10, Varint):
    case tag(11, Varint):
      metric.value = { kind: 'int', bits: BigInt(reader.uint64()) };
      break;
    case tag(12, Bit32):
      metric.value = { kind: 'float', value: reader.float() };
      break;
    case tag(13, Bit64):
      metric.value = { kind: 'double', value: reader.double() };
      break;
    case tag(14, Varint):
      metric.value = { kind: 'boolean', value: reader.bool() };
      break;
    case tag(15, LengthDelimited):
      metric.value = { kind: 'string', value: reader.string() };
      break;
    default:
      if (field >= 16 && field <= 19) metric.value = { kind: 'other' };
      reader.skip(wire, field);
  }
}

/** A uint64 as a number: exact below 2^53, and no count or time that means anything lies above. */
const readNumber = (reader: BinaryReader): number => Number(reader.uint64());

/** The command that asks an edge node for its births (6.4.22): `Node Control/Rebirth` = true. */
export function encodeRebirth(timestamp: number | undefined): Uint8Array {
  const writer = new BinaryWriter();
  if (timestamp !== undefined) writer.tag(1, Varint).uint64(timestamp);
  writer.tag(2, LengthDelimited).fork();
  writer.tag(1, LengthDelimited).string('Node Control/Rebirth');
  if (timestamp !== undefined) writer.tag(3, Varint).uint64(timestamp);
  writer.tag(4, Varint).uint32(Datatype.Boolean);
  writer.tag(14, Varint).bool(true);
  writer.join();
  return writer.finish();
}
