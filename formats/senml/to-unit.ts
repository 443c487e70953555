import { conversionFault, converter, isUnit } from '../../core/units.ts';
import { offsetOf, toUcum } from './units.ts';

/** Numbers of a record -> the declared unit; a text says why they can't be. */
export type ToUnit = ((value: number) => number) | string;

/** Of UCUM codes: the library takes up to a millisecond for each, and a payload may name thousands. */
const maxOthers = 50;

/**
 * Converters to one UCUM code, each asked of the library once. A record's unit is SenML's or, where a sender is not so
 * strict, a UCUM code.
 */
export function unitConverters(to: string): (unit: string, take: 'value' | 'sum') => ToUnit {
  const known = new Map<string, ToUnit>();
  let others = 0;
  return (unit, take) => {
    const key = `${take} ${unit}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    if (toUcum(unit) === undefined && ++others > maxOthers) return noUnit;
    const made = toUnit(unit, to, take);
    known.set(key, made);
    return made;
  };
}

const noUnit = 'a unit that SenML or UCUM has';

function toUnit(unit: string, to: string, take: 'value' | 'sum'): ToUnit {
  const ucum = toUcum(unit) ?? (unit.length <= 50 && isUnit(unit) ? unit : undefined);
  if (ucum === undefined) return noUnit;
  const from = take === 'sum' ? `${ucum}.s` : ucum;
  if (conversionFault(from, to) !== undefined) return `a unit that converts to ${to}`;
  const convert = converter(from, to);
  const offset = take === 'sum' ? 0 : offsetOf(unit);
  return offset === 0 ? convert : (value) => convert(value + offset);
}
