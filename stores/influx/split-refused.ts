import type { HttpError } from '@influxdata/influxdb-client';
import { isAboutLines, isBeyondRetention } from './influx-failure.ts';

export interface RefusedLine {
  /** Index in the lines given. */
  readonly index: number;
  readonly error: HttpError;
}

export interface SplitOptions {
  /** Rejects with what InfluxDB answered. */
  readonly send: (lines: string) => Promise<void>;
  /**
   * When more are refused the search ends: the caller has seen enough, and takes none of it for stored. What retention
   * drops is not among them.
   */
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
  let counted = 0;
  const sendRange = async (from: number, to: number): Promise<void> => {
    if (from === to || counted > maxRefused) return;
    try {
      await send(lines.slice(from, to).join('\n'));
      return;
    } catch (error) {
      if (!isAboutLines(error)) throw error;
      if (to - from === 1) {
        refused.push({ index: from, error });
        if (!isBeyondRetention(error)) counted++;
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
