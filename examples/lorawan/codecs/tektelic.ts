import type { LoraWanCodecInput } from 'millrace';

/**
 * Kind -> bytes of its value, of Tektelic's Aura and Flux (TektelicCommunications/data-converters, aura-flux; the outlet
 * of TheThingsNetwork/lorawan-devices). The two give other scales to voltage, current and power: these are passed over.
 */
const lengths: Readonly<Record<number, number>> = {
  0: 1, // state of the energy meter
  1: 1, // relay
  116: 2, // voltage
  117: 2, // current
  128: 2, // real power
  129: 1, // power factor
  254: 8, // energy meter
  384: 2, // apparent power
};

/** Tektelic Aura, port 10: two bytes of kind, then its value, big-endian, and so on. */
export function tektelic({ fPort, bytes }: LoraWanCodecInput) {
  if (fPort !== 10) return undefined;
  const view = new DataView(Uint8Array.from(bytes).buffer);
  const fields: Record<string, number | boolean> = {};
  for (let at = 0; at < bytes.length; ) {
    const kind = at + 2 <= bytes.length ? view.getUint16(at) : -1;
    const length = lengths[kind];
    if (length === undefined || at + 2 + length > bytes.length)
      throw new Error(`byte ${at} should begin a known kind and its value; it is ${bytes[at]}`);
    const from = at + 2;
    if (kind === 0) fields.energyMeterStatus = view.getUint8(from) === 0 ? 0 : 1;
    if (kind === 1) fields.relayOn = view.getUint8(from) !== 0;
    if (kind === 254) {
      fields.energyMeterElapsed = view.getUint32(from);
      fields.energyConsumed = view.getInt32(from + 4);
    }
    at = from + length;
  }
  return fields;
}
