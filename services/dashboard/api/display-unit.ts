import type { ModelField } from '../../../core/model.ts';
import { converter, unitSymbol } from '../../../core/units.ts';
import type { ApiDisplay } from '../api-types.ts';

/**
 * How a field's values are shown. Where the way from the stored unit to the shown one is no straight line (decibels)
 * the stored unit is shown.
 */
export function displayUnit({ unit, displayUnit: shown }: ModelField): ApiDisplay {
  const plain = { unit, symbol: unit === null ? '' : unitSymbol(unit), factor: 1, offset: 0 };
  if (unit === null || shown === null || shown === unit) return plain;
  const line = lineOf(unit, shown);
  return line === undefined ? plain : { unit: shown, symbol: unitSymbol(shown), ...line };
}

function lineOf(from: string, to: string): { factor: number; offset: number } | undefined {
  try {
    const convert = converter(from, to);
    const offset = convert(0);
    // From far out, where the offset takes no digits away.
    const factor = (convert(2 ** 20) - offset) / 2 ** 20;
    const expected = 1000 * factor + offset;
    const isLine = Math.abs(convert(1000) - expected) <= 1e-9 * Math.abs(expected);
    return isLine && Number.isFinite(factor) ? { factor, offset } : undefined;
  } catch {
    // Units are checked at the start; a model of an older configuration may still lie in the topic.
    return undefined;
  }
}
