import { json } from '../../../formats/json.ts';

export const format = json({
  topic: 'tele/{device}/SENSOR',
  entity: { type: 'room', id: '{device}' },
  time: { path: '$.Time', unit: { local: 'Europe/Berlin' } },
  fields: {
    temperature: { path: '$.DHT22.Temperature', unit: 'Cel' },
    humidity: { path: '$.DHT22.Humidity', unit: '%' },
    illuminance: { path: '$.ANALOG.Illuminance', unit: 'lx' },
  },
});
