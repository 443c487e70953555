import { lineProtocol } from '../../../formats/line-protocol.ts';

export const format = lineProtocol({
  measurements: ['cpu', 'weather,station'],
  entity: { type: 'host', id: '{host}' },
  fields: {
    idle: { field: 'usage_idle', unit: '%' },
    temperature: { field: 'temp', unit: '[degF]' },
    bytes: { field: 'bytes_total', kind: 'decimal' },
    busy: { kind: 'flag' },
    note: 'too hot to handle',
  },
  tags: { measurement: '{measurement}', cpu: '{cpu}' },
});
