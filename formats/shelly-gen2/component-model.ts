import { flag, number, tag, text } from '../../core/config/pipeline.ts';

/** What components of Shelly devices tell: `models: { 'shelly-component': shellyComponent }`. */
export const shellyComponent = {
  label: 'Shelly component',
  fields: {
    on: flag({ label: 'On' }),
    inputOn: flag({ label: 'Input on' }),
    alarm: flag({ label: 'Alarm' }),
    externalPower: flag({ label: 'Powered from outside' }),
    online: flag({ label: 'Online' }),
    power: number({ label: 'Power', unit: 'W' }),
    apparentPower: number({ label: 'Apparent power', unit: 'V.A' }),
    powerFactor: number({ label: 'Power factor', min: -1, max: 1 }),
    voltage: number({ label: 'Voltage', unit: 'V' }),
    current: number({ label: 'Current', unit: 'A' }),
    acFrequency: number({ label: 'Mains frequency', unit: 'Hz', min: 0 }),
    energy: number({ label: 'Energy', unit: 'W.h', display: 'kW.h' }),
    returnedEnergy: number({ label: 'Energy given back', unit: 'W.h', display: 'kW.h' }),
    temperature: number({ label: 'Temperature', unit: 'Cel' }),
    targetTemperature: number({ label: 'Wanted temperature', unit: 'Cel' }),
    humidity: number({ label: 'Humidity', unit: '%', min: 0, max: 100 }),
    illuminance: number({ label: 'Illuminance', unit: 'lx', min: 0 }),
    brightness: number({ label: 'Brightness', unit: '%', min: 0, max: 100 }),
    openness: number({ label: 'Open', unit: '%', min: 0, max: 100 }),
    inputLevel: number({ label: 'Analog input', unit: '%' }),
    inputCount: number({ label: 'Counted', min: 0 }),
    battery: number({ label: 'Battery', unit: '%', min: 0, max: 100 }),
    batteryVoltage: number({ label: 'Battery voltage', unit: 'V', min: 0 }),
    wifiSignal: number({ label: 'Wi-Fi signal', unit: 'dB{mW}' }),
    uptime: number({ label: 'Up for', unit: 's', display: 'h', min: 0 }),
    state: text({ label: 'State' }),
    switchedBy: text({ label: 'Switched by' }),
    event: text({ label: 'Event' }),
    device: tag({ label: 'Device' }),
    component: tag({ label: 'Kind of component' }),
  },
} as const;

/** Kind of component, before the colon of its key -> where its fields stand in its status. */
type ComponentPaths = Partial<
  Record<keyof typeof shellyComponent.fields, string | readonly string[]>
>;

/**
 * Of components that switch, measure or sense
 * (https://shelly-api-docs.shelly.cloud/gen2/ComponentsAndServices/Introduction). Not among them is what means another
 * thing in each of them: `output`, `state`.
 */
export const componentPaths = {
  alarm: '@.alarm',
  externalPower: '@.external.present',
  power: ['@.apower', '@.act_power', '@.total_act_power'],
  apparentPower: ['@.aprt_power', '@.total_aprt_power'],
  powerFactor: '@.pf',
  voltage: '@.voltage',
  current: ['@.current', '@.total_current'],
  acFrequency: '@.freq',
  energy: ['@.aenergy.total', '@.total_act_energy', '@.total_act'],
  returnedEnergy: ['@.ret_aenergy.total', '@.total_act_ret_energy', '@.total_act_ret'],
  temperature: ['@.temperature.tC', '@.tC', '@.current_C'],
  targetTemperature: '@.target_C',
  humidity: '@.rh',
  illuminance: '@.lux',
  brightness: '@.brightness',
  openness: '@.current_pos',
  inputLevel: '@.percent',
  inputCount: '@.counts.total',
  battery: '@.battery.percent',
  batteryVoltage: '@.battery.V',
  wifiSignal: '@.rssi',
  uptime: '@.uptime',
  on: '@.output',
  switchedBy: '@.source',
} as const satisfies ComponentPaths;
