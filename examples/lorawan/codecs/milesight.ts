import type { LoraWanCodecInput } from 'millrace';

/** Channel and type -> how many bytes the value has, and the fields in it. Numbers are little-endian. */
const kinds: Readonly<
  Record<number, readonly [bytes: number, read: (value: DataView) => Record<string, number>]>
> = {
  373: [1, (value) => ({ battery: value.getUint8(0) })],
  871: [2, (value) => ({ temperature: value.getInt16(0, true) / 10 })],
  1128: [1, (value) => ({ humidity: value.getUint8(0) / 2 })],
  1386: [2, (value) => ({ motion: value.getUint16(0, true) })],
  1637: [6, (value) => ({ light: value.getUint16(0, true) })],
  1917: [2, (value) => ({ co2: value.getUint16(0, true) })],
  2173: [2, (value) => ({ tvoc: value.getUint16(0, true) })],
  2419: [2, (value) => ({ pressure: value.getUint16(0, true) / 10 })],
};

/** Milesight AM100 family: a channel byte, a type byte, then the value, and so on. */
export function milesight({ bytes }: LoraWanCodecInput) {
  const { buffer } = Uint8Array.from(bytes);
  const view = new DataView(buffer);
  const fields: Record<string, number> = {};
  for (let at = 0; at < bytes.length; ) {
    const [length, read] = kinds[view.getUint16(at)] ?? [];
    if (length === undefined || read === undefined)
      throw new Error(`byte ${at} should begin a known channel and type; it is ${bytes[at]}`);
    Object.assign(fields, read(new DataView(buffer, at + 2, length)));
    at += 2 + length;
  }
  return fields;
}
