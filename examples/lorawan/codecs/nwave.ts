import type { LoraWanCodecInput } from 'millrace';

/**
 * Nwave G4 car counter (NCC405), as TheThingsNetwork/lorawan-devices describes it (vendor/nwave): the port says what is
 * told. Volts are steps of 4 mV above 2.5 V.
 */
export function nwave({ fPort, bytes }: LoraWanCodecInput) {
  const [first, second, third] = bytes;
  if (fPort === 1) {
    if (first === undefined || second === undefined)
      throw new Error('a counter update should have two bytes');
    return { message: 'counter update', count: first * 256 + second };
  }
  // Startup (3) and debug (6) tell nothing of the place that is counted at.
  if (fPort !== 2) return undefined;
  if (first === undefined || second === undefined || third === undefined)
    throw new Error('a heartbeat should have three bytes');
  return {
    message: 'heartbeat',
    hardwareStatus: first & 0x7f,
    batteryVoltage: (2500 + second * 4) / 1000,
    batteryVoltageDayMean: (2500 + third * 4) / 1000,
  };
}
