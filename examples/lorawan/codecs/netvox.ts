import type { LoraWanCodecInput } from 'millrace';

/** Netvox R311A, port 6: version, device type, report type; a report of type 1 has the battery and the contact. */
export function netvox({ fPort, bytes }: LoraWanCodecInput) {
  const [, deviceType, reportType, battery, contact] = bytes;
  if (fPort !== 6 || deviceType !== 2 || reportType !== 1) return undefined;
  if (battery === undefined || contact === undefined)
    throw new Error('a status report should have five bytes or more');
  // The highest bit warns of a low battery; the others are tenths of a volt.
  return {
    batteryVoltage: (battery & 0x7f) / 10,
    batteryLow: battery > 0x7f,
    contact: contact !== 0,
  };
}
