import {
  chirpStack,
  definePipeline,
  flag,
  type LoraWanCodec,
  loraWanDevice,
  number,
  text,
  theThingsStack,
} from 'millrace';
import { boschParking } from './codecs/bosch-parking.ts';
import { decentlab } from './codecs/decentlab.ts';
import { elsys } from './codecs/elsys.ts';
import { milesight } from './codecs/milesight.ts';
import { netvox } from './codecs/netvox.ts';
import { nwave } from './codecs/nwave.ts';
import { sensiedge } from './codecs/sensiedge.ts';
import { tektelic } from './codecs/tektelic.ts';

/** How the device's profile (ChirpStack), its brand and model, or its name begins -> its codec. */
const codecs: Readonly<Record<string, LoraWanCodec>> = {
  bosch: boschParking,
  decentlab,
  elsys,
  milesight,
  netvox,
  nwave,
  sensiedge,
  tektelic,
};

/** By the kind of device; of others the radio values alone are read. */
const codec: LoraWanCodec = (input) => {
  const { profile = '', name } = input.device;
  const kind = Object.keys(codecs).find((vendor) =>
    [profile, name].some((text) => text.toLowerCase().startsWith(vendor)),
  );
  return kind === undefined ? undefined : codecs[kind]?.(input);
};

export default definePipeline({
  name: 'lorawan',
  models: {
    'lorawan-device': {
      ...loraWanDevice,
      usualInterval: '15m',
      fields: {
        ...loraWanDevice.fields,
        temperature: number({ label: 'Temperature', unit: 'Cel' }),
        humidity: number({ label: 'Humidity', unit: '%', min: 0, max: 100 }),
        light: number({ label: 'Light', unit: 'lx', min: 0 }),
        motion: number({ label: 'Motion', min: 0 }),
        co2: number({ label: 'CO2', unit: '[ppm]', min: 0 }),
        tvoc: number({ label: 'Volatile organic compounds', min: 0 }),
        pressure: number({ label: 'Air pressure', unit: 'hPa', min: 0 }),
        soilTemperature: number({ label: 'Soil temperature', unit: 'Cel' }),
        waterContent: number({ label: 'Water in the soil, by volume' }),
        permittivity: number({ label: 'Dielectric permittivity' }),
        supplyVoltage: number({ label: 'Supply voltage', unit: 'V' }),
        batteryVoltage: number({ label: 'Battery voltage', unit: 'V' }),
        batteryVoltageDayMean: number({ label: 'Battery voltage, mean of a day', unit: 'V' }),
        batteryLow: flag({ label: 'Battery low' }),
        occupied: flag({ label: 'Occupied' }),
        contact: flag({ label: 'Contact closed' }),
        count: number({ label: 'Vehicles counted', min: 0 }),
        hardwareStatus: number({ label: 'State of the hardware', min: 0, max: 127 }),
        accelerationX: number({ label: 'Acceleration X', unit: 'm/s2' }),
        accelerationY: number({ label: 'Acceleration Y', unit: 'm/s2' }),
        accelerationZ: number({ label: 'Acceleration Z', unit: 'm/s2' }),
        turnRateX: number({ label: 'Turn rate X', unit: 'deg/s' }),
        turnRateY: number({ label: 'Turn rate Y', unit: 'deg/s' }),
        turnRateZ: number({ label: 'Turn rate Z', unit: 'deg/s' }),
        magneticX: number({ label: 'Magnetic field X', unit: 'uT' }),
        magneticY: number({ label: 'Magnetic field Y', unit: 'uT' }),
        magneticZ: number({ label: 'Magnetic field Z', unit: 'uT' }),
        energyConsumed: number({ label: 'Energy consumed, as the meter counts it' }),
        energyMeterElapsed: number({ label: 'Time that the meter has counted', unit: 's', min: 0 }),
        energyMeterStatus: number({ label: 'State of the energy meter', min: 0, max: 1 }),
        relayOn: flag({ label: 'Relay on' }),
        message: text({ label: 'Kind of message' }),
      },
    },
  },
  sources: {
    chirpstack: { format: chirpStack({ codec, gatewayPosition: true }) },
    things: { format: theThingsStack({ codec, gatewayPosition: true }) },
  },
});
