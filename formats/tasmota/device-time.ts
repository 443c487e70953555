import type { DeadLetterOutcome } from '../../core/outcome.ts';
import { epochMicros, parseLocal, parseRfc3339 } from '../../core/time.ts';
import { deadLetter, describeJson } from '../json/part.ts';

/** 2016, the year from which Tasmota's own sources take a clock to be set. */
const firstSetMicros = Date.UTC(2016, 0, 1) * 1000;

/**
 * `Epoch` where the device gives it, else `Time`: with its offset (SetOption52), as a local time of `zone`, or as the
 * seconds since 1970 that the command `Time 3` makes of it. Undefined without either, and while the device's clock is
 * not set after a start: it then counts from 1970.
 */
export function deviceTime(
  root: Readonly<Record<string, unknown>>,
  zone: string,
): number | undefined | DeadLetterOutcome {
  const { Epoch: epoch, Time: time } = root;
  if (typeof epoch === 'number') return afterStart(epochMicros(epoch, 's'), epoch, '$.Epoch');
  if (time === undefined || time === null) return undefined;
  if (typeof time === 'number') return afterStart(epochMicros(time, 's'), time, '$.Time');
  if (typeof time !== 'string') return afterStart(undefined, time, '$.Time');
  const withOffset = parseRfc3339(time);
  if (withOffset !== undefined) return afterStart(withOffset, time, '$.Time');
  const local = parseLocal(time, zone, 'earlier');
  if ('micros' in local) return afterStart(local.micros, time, '$.Time');
  if (local.fault === 'nonexistent')
    return deadLetter(
      'time-nonexistent',
      `Expected a local time of ${zone}; ${time} is in the hour that the clocks skip.`,
      '$.Time',
    );
  // At the very start of 1970 a zone east of Greenwich has no time since 1970.
  return time.startsWith('1970-01-01') ? undefined : afterStart(undefined, time, '$.Time');
}

function afterStart(
  micros: number | undefined,
  value: unknown,
  place: string,
): number | undefined | DeadLetterOutcome {
  if (micros !== undefined) return micros < firstSetMicros ? undefined : micros;
  return deadLetter(
    'time-invalid',
    `Expected a time as 2024-02-13T16:32:59; came ${describeJson({ value })}.`,
    place,
  );
}
