import type { ApiModelField } from '../../../api-types.ts';
import type { Value } from '../live/world.ts';
import { decimalsOf } from './decimals.ts';
import { formatFixed, formatNumber } from './format-number.ts';

/** The value as people see it (its display unit), before it is written. */
export function toDisplay(value: number, field: ApiModelField | undefined): number {
  return field ? value * field.display.factor + field.display.offset : value;
}

/** The symbol after a value; empty when there is none. */
export function unitOf(field: ApiModelField | undefined): string {
  return field?.display.symbol ?? '';
}

/** Degrees and per cent follow their number without a gap. */
export const isCloseUnit = (symbol: string) => symbol === '°' || symbol === '%' || symbol === '‰';

/** The value in words, without its unit. */
export function formatValue(value: Value, field: ApiModelField | undefined): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return value === '' ? '(empty)' : value;
  const shown = toDisplay(value, field);
  if (!field) return formatNumber(shown);
  return formatFixed(shown, decimalsOf(`${field.name} ${field.display.symbol}`, shown));
}

export function formatWithUnit(value: Value, field: ApiModelField | undefined): string {
  const unit = typeof value === 'number' ? unitOf(field) : '';
  if (unit === '') return formatValue(value, field);
  return `${formatValue(value, field)}${isCloseUnit(unit) ? '' : '\u202f'}${unit}`;
}
