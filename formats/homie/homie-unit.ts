import { commonMistakes, conversionFault, converter, isUnit } from '../../core/units.ts';

/** The units that the convention recommends, where UCUM writes them otherwise. */
const recommended: Readonly<Record<string, string>> = {
  '°C': 'Cel',
  '°F': '[degF]',
  '°': 'deg',
  gal: '[gal_us]',
  ft: '[ft_i]',
  psi: '[psi]',
  '#': '1',
  'm³': 'm3',
};

/** UCUM code of what a device wrote, or undefined when it is none that is known. */
function ucumOf(written: string): string | undefined {
  const code = recommended[written] ?? commonMistakes[written] ?? written;
  return isUnit(code) ? code : undefined;
}

/** A conversion, `as-is` where the unit is the same or not known, or `impossible`. */
export type UnitConversion = ((value: number) => number) | 'as-is' | 'impossible';

const rememberedConversions = 1_000;

/** From what devices write as their units to UCUM codes; the library is asked once for each pair. */
export class UnitConversions {
  readonly #known = new Map<string, UnitConversion>();

  from(written: string, to: string): UnitConversion {
    const key = `${to} ${written}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const conversion = conversionOf(written, to);
    if (this.#known.size < rememberedConversions) this.#known.set(key, conversion);
    return conversion;
  }
}

function conversionOf(written: string, to: string): UnitConversion {
  const from = ucumOf(written);
  if (from === undefined || from === to) return 'as-is';
  return conversionFault(from, to) === undefined ? converter(from, to) : 'impossible';
}
