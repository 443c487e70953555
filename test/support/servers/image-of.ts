import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

export const composeFile = new URL('../../../docker-compose.yml', import.meta.url);

interface ComposeFile {
  readonly services: Readonly<Record<string, { readonly image?: string }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

export function readCompose(): ComposeFile {
  return parse(readFileSync(composeFile, 'utf8'));
}

/** The image that docker-compose.yml has for this server: tests run what users run. */
export function imageOf(server: 'kafka' | 'mosquitto' | 'influxdb' | 'postgres'): string {
  const image = readCompose().services[server]?.image;
  if (image === undefined) throw new Error(`docker-compose.yml has no image for ${server}.`);
  return image;
}

/** The older line of InfluxDB that the influx-sink also writes to; compose has no server of it. */
export const influx1Image = 'influxdb:1.8';
