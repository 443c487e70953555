import type { DeadLetterOutcome } from '../../core/outcome.ts';
import { epochMicros, epochNanosMicros, parseLocal, parseRfc3339 } from '../../core/time.ts';
import type { JsonTime } from './declaration.ts';
import { type Found, numberText } from './json-path.ts';
import {
  compilePartPath,
  deadLetter,
  describeJson,
  type Part,
  placeOf,
  severalFound,
} from './part.ts';

/** Microseconds; undefined when the part has none and needs none. */
export type ReadTime = (part: Part) => number | undefined | DeadLetterOutcome;

export function compileTime(time: JsonTime): ReadTime {
  const path = compilePartPath(time.path);
  const parse = compileUnit(time.unit);
  return (part) => {
    const found = path.find(part);
    if (found === 'several') return severalFound(path, part);
    if (found === undefined || found.value === null) {
      if (time.optional === true) return undefined;
      const came = found === undefined ? 'nothing is there' : 'it is null';
      return deadLetter(
        'time-missing',
        `Expected a time at ${path.text}; ${came}.`,
        placeOf(path, part),
      );
    }
    const parsed = parse(found, part);
    if (typeof parsed === 'number') return parsed;
    if (parsed === 'nonexistent')
      return deadLetter(
        'time-nonexistent',
        `Expected ${expectedTime(time.unit)}; ${describeJson(found)} is in the hour that the clocks skip.`,
        placeOf(path, part),
      );
    return deadLetter(
      'time-invalid',
      `Expected ${expectedTime(time.unit)}; came ${describeJson(found)}.`,
      placeOf(path, part),
    );
  };
}

type ParseTime = (found: Found, part: Part) => number | undefined | 'nonexistent';

function compileUnit(unit: JsonTime['unit']): ParseTime {
  if (typeof unit === 'object') {
    const { local, doubled = 'earlier' } = unit;
    return ({ value }) => {
      if (typeof value !== 'string') return undefined;
      const parsed = parseLocal(value, local, doubled);
      if ('micros' in parsed) return parsed.micros;
      return parsed.fault === 'nonexistent' ? 'nonexistent' : undefined;
    };
  }
  if (unit === 'rfc3339')
    return ({ value }) => (typeof value === 'string' ? parseRfc3339(value) : undefined);
  if (unit === 'ns')
    return (found, part) =>
      epochNanosMicros(
        typeof found.value === 'number' ? numberText(found, part.numberTexts) : String(found.value),
      );
  return ({ value }) => {
    const count = typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value;
    return typeof count === 'number' ? epochMicros(count, unit) : undefined;
  };
}

const unitNames = { s: 'seconds', ms: 'milliseconds', us: 'microseconds', ns: 'nanoseconds' };

function expectedTime(unit: JsonTime['unit']): string {
  if (typeof unit === 'object')
    return `a local time of ${unit.local} without an offset, as 2024-02-13T16:32:59`;
  return unit === 'rfc3339'
    ? 'a time as RFC 3339 has it, as 2024-02-13T16:32:59.931Z'
    : `${unitNames[unit]} since 1970`;
}
