import { hslHfp } from '../../../formats/hsl-hfp.ts';

export const format = hslHfp();
