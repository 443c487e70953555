import type { LoraWanCodecInput } from 'millrace';

/** Bytes of each value after its type, as the vendor's payload format has them. */
const lengths: Readonly<Record<number, number>> = {
  1: 2,
  2: 1,
  3: 3,
  4: 2,
  5: 1,
  6: 2,
  7: 2,
  8: 2,
  9: 6,
  10: 2,
  11: 4,
  12: 2,
  13: 1,
  14: 2,
  15: 1,
  16: 4,
  17: 1,
  18: 1,
  20: 4,
  21: 2,
};

/** Elsys ERS family: a type byte, then its value, big-endian, and so on. */
export function elsys({ bytes }: LoraWanCodecInput) {
  const view = new DataView(Uint8Array.from(bytes).buffer);
  const fields: Record<string, number> = {};
  for (let at = 0; at < bytes.length; ) {
    const type = view.getUint8(at);
    const length = lengths[type];
    if (length === undefined || at + 1 + length > bytes.length)
      throw new Error(`byte ${at} should begin a value; it is ${type}`);
    const from = at + 1;
    if (type === 1) fields.temperature = view.getInt16(from) / 10;
    if (type === 2) fields.humidity = view.getUint8(from);
    if (type === 4) fields.light = view.getUint16(from);
    if (type === 5) fields.motion = view.getUint8(from);
    if (type === 6) fields.co2 = view.getUint16(from);
    if (type === 7) fields.supplyVoltage = view.getUint16(from) / 1000;
    at = from + length;
  }
  return fields;
}
