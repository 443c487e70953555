import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isMillraceError } from '../../../core/errors.ts';
import {
  commonMistakes,
  conversionFault,
  converter,
  expectedUnit,
  isUnit,
  unitSymbol,
} from '../../../core/units.ts';

const close = (actual: number, expected: number) =>
  assert.ok(
    Math.abs(actual - expected) <= 1e-12 * Math.max(1, Math.abs(expected)),
    `${actual} ${expected}`,
  );

test('UCUM codes are units, and what people write instead is named with the code that was meant', () => {
  for (const code of ['km/h', 'Cel', 'ug/m3', 'deg', '%', '1', '{vehicles}/h', '[mi_i]/h', 'hPa'])
    assert.ok(isUnit(code), code);
  for (const code of ['', 'kmh', 'ppm', 'µg/m³', ' m', 'Ce l', 'Cel/h'])
    assert.ok(!isUnit(code), code);
  assert.equal(expectedUnit('kmh'), 'a UCUM code (did you mean km/h?)');
  assert.equal(expectedUnit('microgram'), 'a UCUM code (did you mean ug?)');
  assert.equal(expectedUnit('ppm'), 'a UCUM code (did you mean [ppm]?)');
});

test('every code that is offered for a common mistake is a unit itself', () => {
  for (const [typed, meant] of Object.entries(commonMistakes)) assert.ok(isUnit(meant), typed);
});

test('numbers are converted with a factor, with an offset, and to and from logarithmic scales', () => {
  close(converter('km/h', 'm/s')(36), 10);
  close(converter('[degF]', 'Cel')(212), 100);
  assert.equal(converter('[degF]', 'Cel')(32), 0);
  close(converter('Cel', 'K')(-40), 233.15);
  close(converter('mg/m3', 'ug/m3')(0.0125), 12.5);
  close(converter('[mi_i]/h', 'km/h')(60), 96.56064);
  close(converter('%', '1')(55), 0.55);
  close(converter('B[W]', 'W')(2), 100);
  close(converter('W', 'B[W]')(1000), 3);
  assert.equal(converter('Cel', 'Cel')(21.5), 21.5);
});

test('a conversion there and back gives the same number', () => {
  const pairs = [
    ['km/h', 'm/s'],
    ['[degF]', 'Cel'],
    ['Cel', 'K'],
    ['hPa', 'mm[Hg]'],
  ] as const;
  fc.assert(
    fc.property(
      fc.constantFrom(...pairs),
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      ([from, to], value) => {
        const back = converter(to, from)(converter(from, to)(value));
        return Math.abs(back - value) <= 1e-9 * Math.max(1, Math.abs(value));
      },
    ),
  );
});

test('units of different kinds are refused with a sentence that shows what a code means', () => {
  assert.match(
    conversionFault('m', 's') ?? '',
    /^m \(meter\) cannot be converted to s \(second - time\)$/,
  );
  assert.match(conversionFault('mph', 'km/h') ?? '', /did you mean \[mi_i\]\/h\?/);
  assert.equal(conversionFault('km/h', 'm/s'), undefined);
  assert.throws(
    () => converter('m', 'nothing'),
    (error) => isMillraceError(error, 'CONFIG_INVALID'),
  );
});

test('people see the unit as they write it', () => {
  const symbols = {
    'km/h': 'km/h',
    Cel: '°C',
    'ug/m3': 'µg/m³',
    '{vehicles}/h': 'vehicles/h',
    '%': '%',
    '[degF]': '°F',
    '[mi_i]/h': 'mph',
    deg: '°',
    '1': '',
    'W/m2': 'W/m²',
    'kW.h': 'kWh',
    us: 'µs',
    '[ppm]': 'ppm',
    'm/s2': 'm/s²',
    's-1': 's⁻¹',
    'mm[Hg]': 'mmHg',
    lx: 'lx',
    hPa: 'hPa',
    'N.m': 'N·m',
    '{count}': 'count',
  };
  for (const [code, symbol] of Object.entries(symbols))
    assert.equal(unitSymbol(code), symbol, code);
});
