/** What the bench of webhooks runs: JSON of 150 bytes, five fields, one reading each, signed; and lines of them. */
import { definePipeline, json, number, tag } from 'millrace';

const format = json({
  entity: { type: 'air-station', id: '{$.station}' },
  time: { path: '$.ts', unit: 'us' },
  fields: {
    pm25: { path: '$.pm25', unit: 'ug/m3' },
    pm10: { path: '$.pm10', unit: 'ug/m3' },
    no2: { path: '$.no2', unit: 'ug/m3' },
    temp: { path: '$.temp', unit: 'Cel' },
    hum: { path: '$.hum', unit: '%' },
  },
  tags: { district: '{$.district}' },
});
const secret = 'a secret of the bench';
const hmac = { scheme: 'hmac', secret, header: 'X-Signature', prefix: 'sha256=' } as const;

export default definePipeline({
  name: 'webhook-bench',
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
    air: { format, webhook: { verify: hmac } },
    identified: { format, webhook: { verify: hmac, deliveryId: { header: 'X-Delivery-Id' } } },
    lines: { format, webhook: { verify: hmac, maxBytes: '10MB' } },
  },
});
