import type { ApiModelField } from '../../../api-types.ts';
import type { Value } from '../live/world.ts';
import { formatNumber } from './format-number.ts';

/** The value as people see it (its display unit), before it is written. */
export function toDisplay(value: number, field: ApiModelField | undefined): number {
  return field ? value * field.display.factor + field.display.offset : value;
}

/** The symbol after a value; empty when there is none. A degree follows its number closely, others after a blank. */
export function unitOf(field: ApiModelField | undefined): string {
  return field?.display.symbol ?? '';
}

/** The value in words, without its unit. */
export function formatValue(value: Value, field: ApiModelField | undefined): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return value === '' ? '(empty)' : value;
  // A field without conversion and with a whole value is most likely a count.
  const whole = !field || (field.display.factor === 1 && field.display.offset === 0);
  return formatNumber(toDisplay(value, field), { whole });
}

export function formatWithUnit(value: Value, field: ApiModelField | undefined): string {
  const unit = typeof value === 'number' ? unitOf(field) : '';
  const close = unit === '°' || unit === '%' ? '' : '\u202f';
  return unit === '' ? formatValue(value, field) : `${formatValue(value, field)}${close}${unit}`;
}
