import { cloudEvents } from '../../../formats/cloud-events.ts';
import { json } from '../../../formats/json.ts';

export const format = cloudEvents({
  types: ['com.example.order.created', 'com.example.order.paid'],
  extensions: ['tenant'],
  data: json({
    topic: 'events/{channel}',
    entity: { type: 'order', id: '{subject}' },
    fields: {
      total: { path: '$.total', kind: 'decimal' },
      currency: '$.currency',
      items: { path: '$.items', kind: 'number' },
      paid: { path: '$.paid', kind: 'flag' },
    },
    tags: { event: '{type}', tenant: '{tenant}', channel: '{channel}' },
  }),
});
