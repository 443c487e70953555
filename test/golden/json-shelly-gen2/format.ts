import { json } from '../../../formats/json.ts';

export const format = json({
  topic: '{prefix}/events/rpc',
  each: '$.params[?@.id >= 0 && @.output != null]',
  entity: { type: 'switch', id: '{$.src}/{@.id}' },
  time: { path: '$.params.ts', unit: 's' },
  fields: { on: { path: '@.output', kind: 'flag' }, power: { path: '@.apower', unit: 'W' } },
  tags: { prefix: '{prefix}' },
});
