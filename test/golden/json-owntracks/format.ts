import { json } from '../../../formats/json.ts';

export const format = json({
  topic: 'owntracks/{user}/{device}/#',
  when: { '$._type': 'location' },
  entity: { type: 'person', id: '{user}/{device}' },
  time: { path: '$.tst', unit: 's' },
  fields: {
    battery: { path: '$.batt', unit: '%' },
    speed: { path: '$.vel', unit: 'km/h' },
    accuracy: { path: '$.acc', unit: 'm' },
  },
  position: { lat: '$.lat', lon: '$.lon', altitude: '$.alt' },
});
