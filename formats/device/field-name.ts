import { isReservedFieldName } from '../../core/config/field-name.ts';

/** More than a name has; what follows is not looked at. */
const longestRead = 256;

/**
 * A field name that a model can have, of what a device calls a value: `Supply Voltage` -> `supplyVoltage`,
 * `Outputs/LEDs/Green` -> `outputsLEDsGreen`; `Source` -> `sourceValue`, since every reading has a source of its own;
 * undefined when nothing is left.
 */
export function fieldName(given: string): string | undefined {
  const words = given
    .slice(0, longestRead)
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '');
  const [first, ...rest] = words;
  if (first === undefined) return undefined;
  // An abbreviation keeps its capitals: CPU.
  const start = /^[A-Z](?![A-Z])/.test(first)
    ? first.charAt(0).toLowerCase() + first.slice(1)
    : first;
  const name = [start, ...rest.map((word) => word.charAt(0).toUpperCase() + word.slice(1))].join(
    '',
  );
  if (isReservedFieldName(name)) return `${name}Value`;
  return (/^\d/.test(name) ? `m${name}` : name).slice(0, 64);
}
