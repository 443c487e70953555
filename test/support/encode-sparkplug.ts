import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

export interface SparkplugMetric {
  readonly name?: string;
  readonly alias?: number;
  /** Milliseconds since 1970. */
  readonly timestamp?: number;
  readonly datatype?: number;
  /** A bigint becomes `long_value`, a number `double_value`. */
  readonly value?: bigint | number | boolean | string;
}

/** A Sparkplug B payload, for what a test sends; the golden cases hold some that another library wrote. */
export function encodeSparkplug(payload: {
  readonly timestamp?: number;
  readonly seq?: number;
  readonly metrics?: readonly SparkplugMetric[];
}): Buffer {
  const { timestamp, seq, metrics = [] } = payload;
  const writer = new BinaryWriter();
  if (timestamp !== undefined) writer.tag(1, WireType.Varint).uint64(timestamp);
  for (const metric of metrics) writeMetric(writer, metric);
  if (seq !== undefined) writer.tag(3, WireType.Varint).uint64(seq);
  return Buffer.from(writer.finish());
}

function writeMetric(writer: BinaryWriter, metric: SparkplugMetric): void {
  const { name, alias, timestamp, datatype, value } = metric;
  writer.tag(2, WireType.LengthDelimited).fork();
  if (name !== undefined) writer.tag(1, WireType.LengthDelimited).string(name);
  if (alias !== undefined) writer.tag(2, WireType.Varint).uint64(alias);
  if (timestamp !== undefined) writer.tag(3, WireType.Varint).uint64(timestamp);
  if (datatype !== undefined) writer.tag(4, WireType.Varint).uint32(datatype);
  if (typeof value === 'bigint') writer.tag(11, WireType.Varint).uint64(BigInt.asUintN(64, value));
  else if (typeof value === 'number') writer.tag(13, WireType.Bit64).double(value);
  else if (typeof value === 'boolean') writer.tag(14, WireType.Varint).bool(value);
  else if (typeof value === 'string') writer.tag(15, WireType.LengthDelimited).string(value);
  writer.join();
}
