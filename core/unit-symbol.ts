/** Whole codes that are usually written otherwise than their parts. */
const wholeCodes: Readonly<Record<string, string>> = {
  '1': '',
  '[mi_i]/h': 'mph',
  'kW.h': 'kWh',
  'W.h': 'Wh',
  'MW.h': 'MWh',
  'A.h': 'Ah',
  'V.A': 'VA',
  'dB{mW}': 'dBm',
  '[pH]': 'pH',
};

const atoms: Readonly<Record<string, string>> = {
  Cel: '°C',
  '[degF]': '°F',
  '[degRe]': '°Ré',
  deg: '°',
  "'": '′',
  "''": '″',
  Ohm: 'Ω',
  '[in_i]': 'in',
  '[ft_i]': 'ft',
  '[yd_i]': 'yd',
  '[mi_i]': 'mi',
  '[nmi_i]': 'nmi',
  '[kn_i]': 'kn',
  '[lb_av]': 'lb',
  '[oz_av]': 'oz',
  '[gal_us]': 'gal',
  '[psi]': 'psi',
  '[ppm]': 'ppm',
  '[ppb]': 'ppb',
  '[ppth]': '‰',
  'mm[Hg]': 'mmHg',
  '[g]': 'g₀',
  'B[SPL]': 'B',
  'dB[SPL]': 'dB',
  bar: 'bar',
  a: 'yr',
  mo: 'mo',
  wk: 'wk',
  By: 'B',
  kBy: 'kB',
  MBy: 'MB',
  GBy: 'GB',
};

const superscripts: Readonly<Record<string, string>> = {
  '-': '⁻',
  '0': '⁰',
  '1': '¹',
  '2': '²',
  '3': '³',
  '4': '⁴',
  '5': '⁵',
  '6': '⁶',
  '7': '⁷',
  '8': '⁸',
  '9': '⁹',
};

/**
 * A UCUM code as people write it: `km/h`, `°C` for `Cel`, `µg/m³` for `ug/m3`, `vehicles/h` for `{vehicles}/h`.
 * Any text gives some text; whether it is a unit is not asked.
 */
export function unitSymbol(code: string): string {
  const whole = wholeCodes[code];
  if (whole !== undefined) return whole;
  // Parts are separated by dots and slashes, except inside of {annotations} and [brackets].
  const parts = code.match(/(?:\{[^}]*\}|\[[^\]]*\]|[^./{[])+|[./]/g) ?? [];
  return parts.map((part) => (part === '.' ? '·' : part === '/' ? '/' : partSymbol(part))).join('');
}

function partSymbol(part: string): string {
  const annotation = /\{([^}]*)\}/.exec(part)?.[1];
  const bare = part.replace(/\{[^}]*\}/g, '');
  if (bare === '' || bare === '1') return annotation ?? bare;
  const known = atoms[bare];
  if (known !== undefined) return known;
  const [, atom = bare, exponent = ''] = /^(.*?[^\d+-])([+-]?\d+)$/.exec(bare) ?? [];
  const symbol =
    atoms[atom] ?? atom.replace(/^u(?=[a-zA-Z])/, 'µ').replace(/[[\]]|_\w+(?=\])/g, '');
  return (
    symbol + exponent.replace(/\+/, '').replace(/[-\d]/g, (digit) => superscripts[digit] ?? digit)
  );
}
