import { csv } from '../../../formats/csv.ts';

export const format = csv({
  topic: 'roads/{city}/segments',
  entity: { type: 'road-segment', id: '{$.REPORT_ID}' },
  time: { path: '$.TIMESTAMP', unit: { local: 'UTC' } },
  fields: {
    speed: { path: '$.avgSpeed', unit: 'km/h' },
    vehicles: '$.vehicleCount',
    travelTime: { path: '$.avgMeasuredTime', unit: 's' },
  },
  tags: { city: '{city}' },
});
