import { flag, number, tag, text } from '../../core/config/pipeline.ts';

/**
 * What a network server tells of each uplink; the fields of the devices' own payloads are added to it:
 * `models: { 'lorawan-device': { ...loraWanDevice, fields: { ...loraWanDevice.fields, temperature: number() } } }`.
 */
export const loraWanDevice = {
  label: 'LoRaWAN device',
  fields: {
    rssi: number({ label: 'RSSI at the best gateway', unit: 'dB{mW}' }),
    snr: number({ label: 'SNR at the best gateway', unit: 'dB' }),
    gateways: number({ label: 'Gateways that heard it', min: 0 }),
    spreadingFactor: number({ label: 'Spreading factor', min: 5, max: 12 }),
    dataRate: number({ label: 'Data rate', min: 0, max: 15 }),
    bandwidth: number({ label: 'Bandwidth', unit: 'Hz', display: 'kHz', min: 0 }),
    frequency: number({ label: 'Frequency', unit: 'Hz', display: 'MHz', min: 0 }),
    airtime: number({ label: 'Airtime', unit: 's', display: 'ms', min: 0 }),
    frames: number({ label: 'Frame counter', min: 0 }),
    port: number({ label: 'Port', min: 0, max: 255 }),
    battery: number({ label: 'Battery', unit: '%', min: 0, max: 100 }),
    linkMargin: number({ label: 'Link margin', unit: 'dB' }),
    gatewayLatitude: number({ label: 'Latitude of the best gateway', unit: 'deg' }),
    gatewayLongitude: number({ label: 'Longitude of the best gateway', unit: 'deg' }),
    confirmed: flag({ label: 'Confirmed uplink' }),
    externalPower: flag({ label: 'Powered from outside' }),
    deviceName: text({ label: 'Name' }),
    gateway: text({ label: 'Best gateway' }),
    application: tag({ label: 'Application' }),
    profile: tag({ label: 'Kind of device' }),
  },
} as const;
