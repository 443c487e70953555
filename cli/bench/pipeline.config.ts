/** What the end-to-end benchmark runs: 150-byte JSON, five fields, a time and a place, a check and a computed field. */
import { definePipeline, json, number, tag } from 'millrace';

export default definePipeline({
  name: 'bench',
  models: {
    probe: {
      label: 'Probe',
      fields: {
        temperature: number({ unit: 'Cel', min: -80, max: 80 }),
        humidity: number({ unit: '%' }),
        pressure: number({ unit: 'hPa' }),
        sequence: number(),
        heat: number(),
        district: tag(),
      },
    },
  },
  sources: {
    bench: {
      format: json({
        topic: 'bench/{district}/{probe}',
        entity: { type: 'probe', id: '{probe}' },
        time: { path: '$.ts', unit: 'us' },
        fields: {
          temperature: { path: '$.t', unit: 'Cel' },
          humidity: { path: '$.h', unit: '%' },
          pressure: { path: '$.p', unit: 'hPa' },
          sequence: { path: '$.n' },
        },
        position: { lat: '$.lat', lon: '$.lon' },
        tags: { district: '{district}' },
      }),
    },
  },
  steps: [
    {
      step: 'compute',
      name: 'heat',
      entityType: 'probe',
      set: {
        heat: (reading) => (reading.numbers.temperature ?? 0) * (reading.numbers.humidity ?? 0),
      },
    },
  ],
});
