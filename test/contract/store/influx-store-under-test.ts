import { randomUUID } from 'node:crypto';
import type { InfluxSettings } from '../../../core/config/settings.ts';
import { InfluxConnection } from '../../../stores/influx/influx-connection.ts';
import type { InfluxWriter } from '../../../stores/influx/influx-writer.ts';
import { openInfluxReader, openInfluxWriter } from '../../../stores/influx/open-influx-store.ts';
import type { SeriesReader } from '../../../stores/store.ts';
import { startInflux } from '../../support/servers/start-influx.ts';
import { startInflux1 } from '../../support/servers/start-influx1.ts';
import type { WriterOptions } from './store-under-test.ts';

export interface InfluxUnderTest {
  /** A bucket or database of its own; it isn't there before it is written to. */
  readonly influx: InfluxSettings;
  openWriter(options?: WriterOptions): Promise<InfluxWriter>;
  openReader(): Promise<SeriesReader>;
  /** InfluxQL, as an operator would ask it; gives the answer's text. */
  query(statements: string): Promise<string>;
  write(lines: string): Promise<void>;
  remove(): Promise<void>;
}

/** InfluxDB 2.x and 1.x, real ones. */
export const influxVersions: readonly (readonly [
  name: string,
  settings: () => Promise<InfluxSettings>,
])[] = [
  [
    'InfluxDB 2',
    async () => {
      const { url, token, org } = await startInflux();
      return { version: 2, url, token, org, bucket: `test-${randomUUID()}` };
    },
  ],
  [
    'InfluxDB 1',
    async () => {
      const { url } = await startInflux1();
      const [username, password] = [undefined, undefined];
      return { version: 1, url, database: `test-${randomUUID()}`, username, password };
    },
  ],
];

export async function influxStore(
  settings: () => Promise<InfluxSettings>,
): Promise<InfluxUnderTest> {
  const influx = await settings();
  const connection = new InfluxConnection(influx);
  const opened: { close(): void | Promise<void> }[] = [connection];
  const keep = <T extends { close(): void | Promise<void> }>(one: T) => {
    opened.push(one);
    return one;
  };
  return {
    influx,
    openWriter: async ({ historyMs = null, now = () => Date.now() * 1000 } = {}) =>
      keep(openInfluxWriter({ influx, historyMs, now })),
    openReader: async () => keep(openInfluxReader({ influx })),
    query: (statements) => connection.query(statements),
    write: (lines) => connection.write(lines),
    async remove() {
      for (const one of opened) await one.close();
    },
  };
}
