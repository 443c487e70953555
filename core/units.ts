import { createRequire } from 'node:module';
import { MillraceError } from './errors.ts';

/** For people: see `unit-symbol.ts`, which a browser can load too. */
export { unitSymbol } from './unit-symbol.ts';

/** What is used of the UCUM library, which brings no types. */
interface UcumLibrary {
  validateUnitString(code: string): {
    status: 'valid' | 'invalid' | 'error';
    msg: readonly string[];
    unit?: { code: string; name: string } | null;
  };
  convertUnitTo(
    from: string,
    value: number,
    to: string,
  ): { status: 'succeeded' | 'failed' | 'error'; toVal: number | null; msg: readonly string[] };
}

let library: UcumLibrary | undefined;

/** Loaded by the first question (35 ms, 12 MB): a process that never asks doesn't pay. */
function ucum(): UcumLibrary {
  if (library === undefined) {
    const { UcumLhcUtils } = createRequire(import.meta.url)('@lhncbc/ucum-lhc') as {
      UcumLhcUtils: { getInstance(): UcumLibrary };
    };
    library = UcumLhcUtils.getInstance();
  }
  return library;
}

/** Is this a UCUM code, in its case-sensitive form (https://ucum.org/ucum)? */
export function isUnit(code: string): boolean {
  // The library also takes names and blanks around a code, and writes to the console of those within; what is stored is
  // the code itself.
  return code !== '' && !/\s/.test(code) && ucum().validateUnitString(code).status === 'valid';
}

/** What to say where `code` should be a unit and isn't: `a UCUM code (did you mean km/h?)`. */
export function expectedUnit(code: string): string {
  const advice = ucum().validateUnitString(code).msg.join(' ');
  const meant = commonMistakes[code] ?? /Did you mean (\S+?)\?*(?:\s|$)/.exec(advice)?.[1];
  return `a UCUM code${meant === undefined ? '' : ` (did you mean ${meant}?)`}`;
}

/** What people write, and what UCUM calls it. `mph`, `C` and `F` are other units there: milliphot, coulomb, farad. */
export const commonMistakes: Readonly<Record<string, string>> = {
  kmh: 'km/h',
  kph: 'km/h',
  'km/hour': 'km/h',
  mph: '[mi_i]/h',
  knots: '[kn_i]',
  '°C': 'Cel',
  C: 'Cel',
  celsius: 'Cel',
  '°F': '[degF]',
  F: '[degF]',
  '°': 'deg',
  degrees: 'deg',
  percent: '%',
  ppm: '[ppm]',
  ppb: '[ppb]',
  'µg/m3': 'ug/m3',
  'µg/m³': 'ug/m3',
  'ug/m³': 'ug/m3',
  sec: 's',
  seconds: 's',
  minutes: 'min',
  kWh: 'kW.h',
  Wh: 'W.h',
  mmHg: 'mm[Hg]',
  hr: 'h',
  days: 'd',
};

/** Says so where a code is a unit, but most likely not the one that was meant: `mph` is milliphot. */
export function unitWarning(code: string): string | undefined {
  return commonMistakes[code] !== undefined && isUnit(code) ? describe(code) : undefined;
}

/** Why numbers cannot be converted, as a sentence; undefined when they can. */
export function conversionFault(from: string, to: string): string | undefined {
  const wrong = [from, to].find((code) => !isUnit(code));
  if (wrong !== undefined) return `"${wrong}" should be ${expectedUnit(wrong)}`;
  if (from === to) return undefined;
  if (ucum().convertUnitTo(from, 1, to).status === 'succeeded') return undefined;
  return `${describe(from)} cannot be converted to ${describe(to)}`;
}

/** `mph (milliphot; did you mean [mi_i]/h?)`: the name shows when a code is another unit than was meant. */
function describe(code: string): string {
  const name = ucum().validateUnitString(code).unit?.name;
  const meant = commonMistakes[code];
  const remarks = [
    ...(name === undefined || name === code ? [] : [name]),
    ...(meant === undefined ? [] : [`did you mean ${meant}?`]),
  ];
  return remarks.length === 0 ? code : `${code} (${remarks.join('; ')})`;
}

/**
 * How numbers in `from` become numbers in `to`, both UCUM codes. Factor and offset are asked of the library once;
 * units on a logarithmic scale go through it each time. Throws `CONFIG_INVALID` where there is no conversion.
 */
export function converter(from: string, to: string): (value: number) => number {
  const fault = conversionFault(from, to);
  if (fault !== undefined) throw new MillraceError('CONFIG_INVALID', `${fault}.`);
  if (from === to) return (value) => value;
  const byLibrary = (value: number) => ucum().convertUnitTo(from, value, to).toVal ?? Number.NaN;
  const affine = affineOf(byLibrary);
  if (affine === undefined) return byLibrary;
  const { factor, offset } = affine;
  if (offset === 0) return (value) => value * factor;
  // Where factor and offset cancel, what is left is rounding: 32 degF is 0 Cel, not 6e-14.
  const roundingError = Math.abs(offset) * 1e-14;
  return (value) => {
    const converted = value * factor + offset;
    return Math.abs(converted) <= roundingError ? 0 : converted;
  };
}

/** Undefined when the conversion is no straight line. */
function affineOf(
  convert: (value: number) => number,
): { factor: number; offset: number } | undefined {
  const offset = convert(0);
  // From far out, where the offset takes no digits away.
  const factor = offset === 0 ? convert(1) : (convert(2 ** 40) - offset) / 2 ** 40;
  const isOnLine = [1, -3, 17.25, 1000].every((value) => {
    const expected = value * factor + offset;
    return Math.abs(convert(value) - expected) <= 1e-12 * (Math.abs(expected) + Math.abs(offset));
  });
  return isOnLine ? { factor, offset } : undefined;
}
