/** What the bench of the outside subscriber runs: JSON of 150 bytes, five fields, one reading each. */
import { definePipeline, json, number, tag } from 'millrace';

export default definePipeline({
  name: 'mqtt-to-kafka',
  models: {
    'air-station': {
      label: 'Air station',
      fields: {
        pm25: number({ unit: 'ug/m3' }),
        pm10: number({ unit: 'ug/m3' }),
        no2: number({ unit: 'ug/m3' }),
        temp: number({ unit: 'Cel' }),
        hum: number({ unit: '%' }),
        district: tag(),
      },
    },
  },
  sources: {
    air: {
      format: json({
        topic: 'city/{district}/{sensor}/state',
        entity: { type: 'air-station', id: '{sensor}' },
        time: { path: '$.ts', unit: 'us' },
        fields: {
          pm25: { path: '$.pm25', unit: 'ug/m3' },
          pm10: { path: '$.pm10', unit: 'ug/m3' },
          no2: { path: '$.no2', unit: 'ug/m3' },
          temp: { path: '$.temp', unit: 'Cel' },
          hum: { path: '$.hum', unit: '%' },
        },
        tags: { district: '{district}' },
      }),
    },
  },
});
