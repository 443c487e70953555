import type { LoraWanCodecInput } from 'millrace';

/**
 * Decentlab DL-5TM, protocol version 2: version, device id, flags which of the sensors follow, then their words,
 * big-endian. The water content is Topp's equation for mineral soil, as the vendor's own decoder has it.
 */
export function decentlab({ bytes }: LoraWanCodecInput) {
  const view = new DataView(Uint8Array.from(bytes).buffer);
  const version = view.getUint8(0);
  if (version !== 2) throw new Error(`the protocol version should be 2; it is ${version}`);
  const flags = view.getUint16(3);
  const fields: Record<string, number> = {};
  let at = 5;
  if (flags & 1) {
    const permittivity = view.getUint16(at) / 50;
    fields.permittivity = permittivity;
    fields.waterContent =
      0.0000043 * permittivity ** 3 - 0.00055 * permittivity ** 2 + 0.0292 * permittivity - 0.053;
    fields.soilTemperature = (view.getUint16(at + 2) - 400) / 10;
    at += 4;
  }
  if (flags & 2) fields.batteryVoltage = view.getUint16(at) / 1000;
  return fields;
}
