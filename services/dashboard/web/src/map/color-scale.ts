import type { ApiModel, ApiModelField } from '../../../api-types.ts';
import type { LiveEntity } from '../live/world.ts';
import { toDisplay } from '../words/format-value.ts';
import { paletteColor } from './palette.ts';

/** Values (in stored units) from `low` to `high` run over the whole palette. */
export interface ColorScale {
  readonly field: ApiModelField;
  readonly low: number;
  readonly high: number;
  /** Which end people look for: congestion is a low speed, pollution a high concentration. */
  readonly outstanding: 'low' | 'high';
}

const moving = /speed|velocity|flow|ratio|battery|availab/i;

/** No model says which end matters; speeds, shares of a norm and reserves matter when they are low. */
export function outstandingEnd(field: ApiModelField): 'low' | 'high' {
  const ofSpeed = /(^|\/)(h|s)$/.test(field.unit ?? '') && /m|\[/.test(field.unit ?? '');
  return ofSpeed || moving.test(field.name) ? 'low' : 'high';
}

/** 1, 2 or 5 times a power of ten, not below `value`. */
function niceStep(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  for (const factor of [1, 2, 2.5, 5]) if (factor * power >= value * 0.999) return factor * power;
  return 10 * power;
}

/**
 * A scale over what these entities show now: their 5th to 95th hundredth, rounded outwards in display units. It stays as
 * `before` while that fits about as well, so that colours don't change under one's eyes. Undefined without a value.
 */
export function colorScaleOf(
  model: ApiModel,
  entities: Iterable<LiveEntity>,
  before: ColorScale | undefined,
): ColorScale | undefined {
  const field = model.fields.find(({ name }) => name === model.colorField);
  if (!field) return undefined;
  const values: number[] = [];
  for (const entity of entities) {
    const value = entity.values.get(field.name);
    if (entity.entityType === model.entityType && typeof value === 'number') values.push(value);
  }
  if (values.length === 0) return before;
  values.sort((a, b) => a - b);
  const at = (share: number) => values[Math.round(share * (values.length - 1))] ?? 0;
  const [low, high] = roundOutwards(at(0.05), at(0.95), field);
  if (before && fitsStill(before, at(0.05), at(0.95))) return { ...before, field };
  return { field, low, high, outstanding: outstandingEnd(field) };
}

/** Holds what there is, up to a tenth, and isn't twice as wide. */
function fitsStill(scale: ColorScale, low: number, high: number): boolean {
  const width = scale.high - scale.low;
  const within = low > scale.low - width / 10 && high < scale.high + width / 10;
  return within && high - Math.min(low, scale.low) > width / 2;
}

function roundOutwards(low: number, high: number, field: ApiModelField): [number, number] {
  const { factor, offset } = field.display;
  const shownLow = toDisplay(low, field);
  const shownHigh = toDisplay(high, field);
  const step = niceStep(Math.max((shownHigh - shownLow) / 10, Math.abs(shownHigh) / 100, 1e-6));
  let from = Math.floor(shownLow / step) * step;
  // A scale that nearly begins at nothing begins there.
  if (from > 0 && from <= (shownHigh - from) / 2) from = 0;
  const to = Math.max(Math.ceil(shownHigh / step) * step, from + step);
  return [(from - offset) / factor, (to - offset) / factor];
}

export function colorAt(scale: ColorScale, value: number, theme: 'light' | 'dark'): string {
  const share = (value - scale.low) / (scale.high - scale.low);
  return paletteColor(scale.outstanding === 'high' ? share : 1 - share, theme);
}
