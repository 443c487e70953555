import { tasmota } from '../../../formats/tasmota.ts';

export const format = tasmota({ zone: 'Europe/Berlin', fields: { ctEnergy: '@.Energy' } });
