import { cbor } from '../../../formats/cbor.ts';

export const format = cbor({
  topic: 'meters/{meter}',
  each: '$.r[*]',
  entity: { type: 'meter', id: '{meter}' },
  time: { path: '$.t', unit: 's' },
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
