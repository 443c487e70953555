import { shellyGen2 } from '../../../formats/shelly-gen2.ts';

export const format = shellyGen2();
