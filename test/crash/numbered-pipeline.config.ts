/** What the crash tests run: numbered readings. */
import { definePipeline, json, number } from 'millrace';

export default definePipeline({
  name: 'numbered',
  models: {
    meter: { label: 'Meter', fields: { n: number({ min: 0, max: 1_000_000_000 }) } },
  },
  sources: {
    meters: {
      format: json({
        topic: 'meters/{meter}',
        entity: { type: 'meter', id: '{meter}' },
        time: { path: '$.at', unit: 'us' },
        fields: { n: { path: '$.n' } },
      }),
    },
  },
});
