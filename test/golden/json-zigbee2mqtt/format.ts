import { json } from '../../../formats/json.ts';

export const format = json({
  topic: 'zigbee2mqtt/{name}',
  entity: { type: 'room', id: '{name}' },
  fields: {
    temperature: { path: '$.temperature', unit: 'Cel' },
    humidity: { path: '$.humidity', unit: '%' },
    occupied: '$.occupancy',
  },
});
