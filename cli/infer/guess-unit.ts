import { type Leaf, nameOf, wordsOf } from './leaves.ts';

export interface GuessedUnit {
  /** UCUM. */
  readonly unit: string;
  readonly isNamed: boolean;
}

/** A last word that is a unit: `temp_c`, `speed_kmh`. */
const suffixes: Readonly<Record<string, string>> = {
  c: 'Cel',
  degc: 'Cel',
  celsius: 'Cel',
  f: '[degF]',
  degf: '[degF]',
  fahrenheit: '[degF]',
  pct: '%',
  percent: '%',
  kmh: 'km/h',
  kph: 'km/h',
  mph: '[mi_i]/h',
  mps: 'm/s',
  v: 'V',
  mv: 'mV',
  volts: 'V',
  ma: 'mA',
  amps: 'A',
  w: 'W',
  kw: 'kW',
  watts: 'W',
  wh: 'W.h',
  kwh: 'kW.h',
  pa: 'Pa',
  hpa: 'hPa',
  kpa: 'kPa',
  mbar: 'mbar',
  bar: 'bar',
  ppm: '[ppm]',
  ppb: '[ppb]',
  lux: 'lx',
  lx: 'lx',
  mm: 'mm',
  cm: 'cm',
  km: 'km',
  meters: 'm',
  metres: 'm',
  hz: 'Hz',
  khz: 'kHz',
  mhz: 'MHz',
  db: 'dB',
  dbm: 'dB{mW}',
  deg: 'deg',
  degrees: 'deg',
  sec: 's',
  seconds: 's',
  ms: 'ms',
  minutes: 'min',
  hours: 'h',
  kg: 'kg',
  liters: 'L',
  litres: 'L',
};

type Range = readonly [unit: string, from: number, to: number];

/** What a name usually is; of several units the first that the values lie in. */
const usual: readonly (readonly [name: RegExp, ranges: readonly Range[]])[] = [
  [/\b(?:temperature|temp|dew ?point)\b|^t$/, [['Cel', -60, 130]]],
  [/\b(?:humidity|hum|rh|moisture)\b/, [['%', 0, 100]]],
  [
    /\b(?:pressure|press|baro\w*|qnh)\b/,
    [
      ['kPa', 60, 115],
      ['hPa', 600, 1150],
      ['Pa', 60_000, 115_000],
    ],
  ],
  [/\b(?:co2|carbon dioxide)\b/, [['[ppm]', 100, 100_000]]],
  [/\bpm ?(?:1|2 ?5|25|4|10)\b/, [['ug/m3', 0, 5000]]],
  [/\b(?:illuminance|luminosity|light)\b/, [['lx', 0, 200_000]]],
  [
    /\b(?:battery voltage|vbat|voltage|vdd|vcc|supply)\b/,
    [
      ['V', 0, 500],
      ['mV', 500, 60_000],
    ],
  ],
  [
    /\b(?:battery|batt|bat|soc|battery level)\b/,
    [
      ['V', 1.5, 4.8],
      ['%', 0, 100],
      ['mV', 1500, 5000],
    ],
  ],
  [/\bapparent power\b/, [['V.A', -1e7, 1e7]]],
  [/\b(?<!reactive )(?:power|watt)\b(?! factor)/, [['W', -1e7, 1e7]]],
  [/\b(?:energy|consumption)\b/, [['kW.h', 0, 1e9]]],
  [/\b(?:current)\b/, [['A', -1000, 1000]]],
  [/\b(?:rssi|signal strength)\b/, [['dB{mW}', -150, 0]]],
  [/\bsnr\b/, [['dB', -40, 60]]],
  [/\b(?:heading|bearing|course|direction|wind direction|azimuth|hdg|cog)\b/, [['deg', 0, 360]]],
  [/\b(?:frequency|freq)\b/, [['Hz', 0, 1e12]]],
  [/\b(?:rain|rainfall|precipitation)\b/, [['mm', 0, 1000]]],
  [/\b(?:uptime)\b/, [['s', 0, 1e9]]],
];

/** The unit of a number by its name, checked by its values; undefined where the name says nothing. */
export function guessUnit(leaf: Leaf): GuessedUnit | undefined {
  const words = wordsOf(nameOf(leaf));
  const last = words.split(' ').at(-1) ?? '';
  const suffix = words.includes(' ') && Object.hasOwn(suffixes, last) ? suffixes[last] : undefined;
  if (suffix !== undefined) return { unit: suffix, isNamed: true };
  const numbers = leaf.values.map(Number).filter(Number.isFinite);
  const known = usual.find(([name]) => name.test(words));
  const fitting = known?.[1].find(([, from, to]) =>
    numbers.every((number) => number >= from && number <= to),
  );
  return fitting === undefined ? undefined : { unit: fitting[0], isNamed: false };
}
