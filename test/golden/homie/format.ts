import { homie } from '../../../formats/homie.ts';

export const format = homie({
  fields: {
    temperature: { property: 'engine/temperature', unit: 'Cel' },
    speed: 'engine/speed',
    locked: 'doors/locked',
    gear: '+/gear',
    odometer: { property: 'engine/odometer', kind: 'decimal', unit: 'km' },
  },
  state: 'state',
});
