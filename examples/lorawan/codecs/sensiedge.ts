import type { LoraWanCodecInput } from 'millrace';

/**
 * SensiEDGE SensiLoRa 2.0: fourteen words, big-endian, in the order in which the vendor's firmware writes them
 * (SensiEDGE/SensiLoRa2.0, `LoRaWAN_SendTxData`). Its sensors' drivers count in mg, in thousandths of a degree a second
 * and in milligauss, of which ten are a microtesla.
 */
export function sensiedge({ bytes }: LoraWanCodecInput) {
  if (bytes.length !== 28)
    throw new Error(`the payload should have 28 bytes; it has ${bytes.length}`);
  const view = new DataView(Uint8Array.from(bytes).buffer);
  const milliG = (at: number) => (view.getInt16(at) / 1000) * 9.80665;
  return {
    pressure: view.getUint16(0) / 10,
    temperature: view.getInt16(2) / 100,
    humidity: view.getUint16(4) / 100,
    accelerationX: milliG(6),
    accelerationY: milliG(8),
    accelerationZ: milliG(10),
    turnRateX: view.getInt16(12) / 1000,
    turnRateY: view.getInt16(14) / 1000,
    turnRateZ: view.getInt16(16) / 1000,
    magneticX: view.getInt16(18) / 10,
    magneticY: view.getInt16(20) / 10,
    magneticZ: view.getInt16(22) / 10,
    light: view.getUint16(24),
    batteryVoltage: view.getUint16(26) / 100,
  };
}
