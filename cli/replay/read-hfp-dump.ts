import { MillraceError } from '../../core/errors.ts';
import { readLines } from './read-lines.ts';
import type { Recording } from './recording.ts';

/**
 * HSL high-frequency positioning as recorded from the broker: `<receive time> <topic> <json>` a line. Topics hold
 * blanks, so the line is split at the first blank and then at ` {`. Packets are timed by when they were received.
 */
export function readHfpDump(file: string): Recording {
  return {
    file,
    async *packets() {
      for await (const { line, number } of readLines(file)) {
        const blank = line.indexOf(' ');
        const brace = line.indexOf(' {', blank);
        const timeMs = Date.parse(line.slice(0, blank));
        if (blank < 0 || brace < 0 || Number.isNaN(timeMs)) {
          throw new MillraceError(
            'INPUT_INVALID',
            `Line ${number} of ${file} should be "<time> <topic> <json>", and begins with "${line.slice(0, 60)}".`,
          );
        }
        const payload = line.slice(brace + 1);
        yield {
          timeMs,
          topic: line.slice(blank + 1, brace),
          payload: (shiftMs: number) => (shiftMs === 0 ? payload : shiftHfpTimes(payload, shiftMs)),
        };
      }
    },
  };
}

/** `tst`, `ttarr` and `ttdep` (RFC 3339) and `tsi` (s) moved as text, so that the rest stays byte for byte as recorded. */
export function shiftHfpTimes(payload: string, shiftMs: number): string {
  return payload
    .replace(/"(tst|ttarr|ttdep)":"([^"]+)"/g, (whole, name, time) => {
      const ms = Date.parse(time);
      return Number.isNaN(ms) ? whole : `"${name}":"${new Date(ms + shiftMs).toISOString()}"`;
    })
    .replace(
      /"tsi":(\d+)/g,
      (_, seconds) => `"tsi":${Number(seconds) + Math.round(shiftMs / 1000)}`,
    );
}
