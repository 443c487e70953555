/** 207 loop detectors of Los Angeles County, 2012; history is kept for ever, so that readings of 2012 stay. */
import { definePipeline, json, number } from 'millrace';

export default definePipeline({
  name: 'metr-la',
  models: {
    detector: {
      label: 'Detector',
      fields: { speed: number({ unit: '[mi_i]/h', display: 'km/h', min: 0, max: 200 }) },
    },
  },
  sources: {
    'metr-la': {
      format: json({
        topic: 'metr-la/{detector}',
        entity: { type: 'detector', id: '{detector}' },
        time: { path: '$.at', unit: { local: 'America/Los_Angeles' } },
        fields: { speed: { path: '$.speed', unit: '[mi_i]/h' } },
      }),
    },
  },
  retention: { history: 'forever' },
});
