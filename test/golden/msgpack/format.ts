import { msgpack } from '../../../formats/msgpack.ts';

export const format = msgpack({
  topic: 'meters/{meter}',
  each: '$.r[*]',
  entity: { type: 'meter', id: '{meter}' },
  time: { path: '$.t', unit: 'rfc3339' },
  fields: {
    power: { path: '$.p', unit: 'W' },
    energy: { path: '$.e', kind: 'decimal' },
    pulses: { path: '$.n', kind: 'decimal' },
    open: { path: '$.o', kind: 'flag' },
    key: { path: '$.k', kind: 'text' },
    temperature: { path: "$['2']", unit: 'Cel' },
  },
  tags: { site: '{$.s}' },
});
