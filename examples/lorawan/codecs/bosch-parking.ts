import type { LoraWanCodecInput } from 'millrace';

/** Bosch parking lot sensor: the port says what is told; a heartbeat ends with the temperature in whole degrees. */
export function boschParking({ fPort, bytes }: LoraWanCodecInput) {
  const [state = 0, temperature] = bytes;
  const occupied = (state & 1) === 1;
  if (fPort === 1) return { message: 'parking status', occupied };
  if (fPort !== 2) return undefined;
  if (temperature === undefined) throw new Error('a heartbeat should have two bytes');
  return { message: 'heartbeat', occupied, temperature: (temperature << 24) >> 24 };
}
