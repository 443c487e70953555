import { senml } from '../../../formats/senml.ts';

export const format = senml({
  names: '{device}',
  entity: { type: 'station', id: '{device}' },
  fields: {
    temperature: { of: 'Cel', unit: 'Cel' },
    humidity: { of: '%RH', unit: '%' },
    battery: { of: '%EL', unit: '%' },
  },
});
