import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const recording = fileURLToPath(
  new URL('../../../shared/data/traffic/metr-la/los_speed.csv', import.meta.url),
);

/** For a test's `skip`: the recording may not be shipped with the project. */
export const skipWithoutMetrLa = existsSync(recording) ? false : 'the recording is not here';

/** Readings and detectors of the recording. */
export const metrLa = { readings: 417_312, detectors: 207 };

/** Row and column of a reading -> its packet. Rows are 5 minutes apart, from 2012-03-01T00:00 local time. */
export function readMetrLaPackets(): {
  count: number;
  packet: (index: number) => { topic: string; payload: string };
} {
  const [header = '', ...rows] = readFileSync(recording, 'utf8').trim().split('\n');
  const detectors = header.trim().split(',');
  const speeds = rows.map((row) => row.trim().split(','));
  return {
    count: rows.length * detectors.length,
    packet: (index) => {
      const row = Math.floor(index / detectors.length) % rows.length;
      const column = index % detectors.length;
      const at = new Date(Date.UTC(2012, 2, 1) + row * 300_000).toISOString().slice(0, 19);
      return {
        topic: `metr-la/${detectors[column]}`,
        payload: `{"at":"${at}","speed":${speeds[row]?.[column]}}`,
      };
    },
  };
}
