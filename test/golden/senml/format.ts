import { senml } from '../../../formats/senml.ts';

export const format = senml({
  topic: 'senml/{gateway}',
  entity: { type: 'device', id: '{device}' },
  fields: {
    voltage: { unit: 'V' },
    current: { unit: 'mA' },
    energy: { name: 'power', take: 'sum', unit: 'kW.h' },
    door: { kind: 'flag' },
    state: { kind: 'text' },
    raw: {},
  },
  ignore: ['rssi'],
  tags: { gateway: '{gateway}' },
});
