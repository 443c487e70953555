/** What the crash tests of webhooks run: numbered readings, with ids or times of their own, or both. */
import { definePipeline, json, number } from 'millrace';

const entity = { type: 'meter', id: '{$.m}' };
const fields = { n: '$.n' };
const time = { path: '$.at', unit: 'us' } as const;
const verify = { scheme: 'none' } as const;
const deliveryId = { header: 'X-Delivery-Id' };

export default definePipeline({
  name: 'webhooks',
  models: {
    meter: { label: 'Meter', fields: { n: number({ min: 0, max: 1_000_000_000 }) } },
  },
  sources: {
    plain: { format: json({ entity, time, fields }), webhook: { verify } },
    timed: { format: json({ entity, time, fields }), webhook: { verify, deliveryId } },
    untimed: { format: json({ entity, fields }), webhook: { verify, deliveryId } },
  },
});
