import type { ApiModelField } from '../../../api-types.ts';
import type { Value } from '../live/world.ts';
import { formatValue, isCloseUnit, unitOf } from './format-value.ts';

interface FigureProps {
  readonly value: Value;
  readonly field: ApiModelField | undefined;
}

/** A value with its unit, the unit quieter than the value. */
export function Figure({ value, field }: FigureProps) {
  const unit = typeof value === 'number' ? unitOf(field) : '';
  return (
    <>
      <b>{formatValue(value, field)}</b>
      {unit !== '' && <span class={`unit${isCloseUnit(unit) ? ' close' : ''}`}>{unit}</span>}
    </>
  );
}
