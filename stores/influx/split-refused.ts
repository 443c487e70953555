import type { HttpError } from '@influxdata/influxdb-client';
import { isAboutLines } from './influx-failure.ts';

export interface RefusedLine {
  /** Index in the lines given. */
  readonly index: number;
  readonly error: HttpError;
}

export interface SplitOptions {
  /** Rejects with what InfluxDB answered. */
  readonly send: (lines: string) => Promise<void>;
  /** When more are refused the search ends: the caller has seen enough. */
  readonly maxRefused: number;
}

/**
 * Sends lines as one request; when InfluxDB refuses something in them, halves them until what is refused stands alone.
 * The others are then stored, some of them more than once, which is harmless. Rejects when it fails for another reason.
 */
export async function sendSplitting(
  lines: readonly string[],
  { send, maxRefused }: SplitOptions,
): Promise<readonly RefusedLine[]> {
  const refused: RefusedLine[] = [];
  const sendRange = async (from: number, to: number): Promise<void> => {
    if (from === to || refused.length > maxRefused) return;
    try {
      await send(lines.slice(from, to).join('\n'));
      return;
    } catch (error) {
      if (!isAboutLines(error)) throw error;
      if (to - from === 1) {
        refused.push({ index: from, error });
        return;
      }
    }
    const middle = (from + to) >>> 1;
    await sendRange(from, middle);
    await sendRange(middle, to);
  };
  await sendRange(0, lines.length);
  return refused;
}
