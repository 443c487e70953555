import { Observable } from '../app/observable.ts';
import type { ColorScale } from './color-scale.ts';

/** The scales in use, by entity type: the map, the legend and the list colour by the same. */
export const colorScales = new Observable<ReadonlyMap<string, ColorScale>>(new Map());
