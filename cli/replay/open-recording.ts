import { UsageError } from '../usage-error.ts';
import { readCsvSeries } from './read-csv-series.ts';
import { readHfpDump } from './read-hfp-dump.ts';
import { readJsonLines } from './read-json-lines.ts';
import type { Recording } from './recording.ts';
import type { ReplayMapping } from './replay-mapping.ts';

/** Picks the reader by the file's ending (`.gz` is looked through). Throws `UsageError` when it can't. */
export function openRecording(file: string, mapping?: ReplayMapping): Recording {
  const name = file.replace(/\.gz$/, '');
  if (/\.(dump|hfp)$/.test(name)) return readHfpDump(file);
  if (/\.(jsonl|ndjson)$/.test(name)) return readJsonLines(file, mapping);
  if (!name.endsWith('.csv'))
    throw new UsageError(
      `${file} should end in .dump (HFP), .csv, .jsonl or .ndjson, with or without .gz.`,
    );
  if (mapping) return readCsvSeries(file, mapping);
  throw new UsageError(
    `${file} is CSV: give --mapping FILE, or --topic TEMPLATE such as 'city/{id}' filled from its columns.`,
  );
}
