import type { InfluxUnderTest } from './influx-store-under-test.ts';
export function influxWritingContract(_factory: () => Promise<InfluxUnderTest>): void {}
