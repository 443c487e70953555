import type { LogRecord } from '../../event-log.ts';
import type { OutRecord } from '../wire/produce.ts';

/**
 * A state entry in the changelog. Key: step, version and key, by line feeds. Value: when it expires in ms since 1970
 * (double, big-endian; NaN: never), then the bytes; a tombstone deletes.
 */
export interface ChangelogEntry {
  readonly step: string;
  readonly version: number;
  readonly key: string;
  readonly value: Buffer | undefined;
  readonly expiresAtMs: number | undefined;
}

export function toChangelogRecord(entry: ChangelogEntry, timestampMs: number): OutRecord {
  const key = `${entry.step}\n${entry.version}\n${entry.key}`;
  if (entry.value === undefined) return { key, value: null, timestampMs };
  const value = Buffer.allocUnsafe(8 + entry.value.length);
  value.writeDoubleBE(entry.expiresAtMs ?? Number.NaN, 0);
  value.set(entry.value, 8);
  return { key, value, timestampMs };
}

export function fromChangelogRecord({ key, value }: LogRecord): ChangelogEntry {
  const stepEnd = key.indexOf('\n');
  const versionEnd = key.indexOf('\n', stepEnd + 1);
  const expiresAtMs = value?.readDoubleBE(0) ?? Number.NaN;
  return {
    step: key.slice(0, stepEnd),
    version: Number(key.slice(stepEnd + 1, versionEnd)),
    key: key.slice(versionEnd + 1),
    value: value?.subarray(8),
    expiresAtMs: Number.isNaN(expiresAtMs) ? undefined : expiresAtMs,
  };
}
