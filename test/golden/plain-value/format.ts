import { plainValue } from '../../../formats/plain-value.ts';

export const format = plainValue({
  topic: 'home/{room}/{quantity}',
  entity: { type: 'room', id: '{room}' },
  field: '{quantity}',
  fields: {
    temperature: { unit: 'Cel' },
    light: { kind: 'flag' },
    energy: { of: 'total', kind: 'decimal' },
    mode: {},
  },
  absent: ['unavailable', 'unknown'],
  tags: { floor: '{room}' },
});
