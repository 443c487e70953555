import { parse } from 'csv-parse/sync';
import { MillraceError } from '../../core/errors.ts';
import { readSamples, type Sample } from '../sample/read-samples.ts';

/** What the files hold, as values to look at. */
export interface Inputs {
  readonly kind: 'json' | 'csv';
  /** One a payload; of CSV one a file, an array of its rows. */
  readonly payloads: readonly unknown[];
  /** Of those payloads whose files say it, each once. */
  readonly topics: readonly string[];
  /** The samples as they came, for formats that know them. */
  readonly samples: readonly Sample[];
  /** Of CSV, where it isn't the comma. */
  readonly delimiter: string | undefined;
  /** Of CSV, where it isn't the point. */
  readonly decimal: ',' | undefined;
  /** The bytes behind each payload, to try the proposal on. */
  readonly bytes: readonly Buffer[];
}

const maxPayloads = 10_000;
const plain = { delimiter: undefined, decimal: undefined };

/** Reads JSON (a payload, or samples with their topics), NDJSON (a payload on each line) or CSV. Throws `INPUT_INVALID`. */
export function readInputs(files: readonly string[]): Inputs {
  const all = files.map(readOne);
  const [first] = all;
  if (first === undefined)
    throw new MillraceError('INPUT_INVALID', 'There is no sample to look at.');
  if (all.some(({ kind }) => kind !== first.kind))
    throw new MillraceError(
      'INPUT_INVALID',
      'The samples should be all JSON or all CSV: one source has one format.',
    );
  if (!all.some(({ payloads }) => payloads.some((payload) => typeof payload === 'object')))
    throw new MillraceError(
      'INPUT_INVALID',
      'The samples should be objects, lists or tables; they are plain values, which the format plainValue({...}) reads.',
    );
  return {
    kind: first.kind,
    payloads: all.flatMap(({ payloads }) => payloads).slice(0, maxPayloads),
    topics: [...new Set(all.flatMap(({ topics }) => topics))],
    samples: all.flatMap(({ samples }) => samples),
    delimiter: first.delimiter,
    decimal: first.decimal,
    bytes: all.flatMap(({ bytes }) => bytes).slice(0, maxPayloads),
  };
}

function readOne(file: string): Inputs {
  const samples = readSamples(file);
  const topics = samples.flatMap(({ topic }) => topic ?? []);
  const whole = samples.map(({ payload }) => parsedJson(payload.toString('utf8')));
  const bytes = samples.map(({ payload }) => payload);
  if (whole.every((value) => value !== undefined))
    return { kind: 'json', payloads: whole, topics, samples, bytes, ...plain };
  const isEnveloped = topics.length > 0 || samples.length > 1;
  const readable = whole.flatMap((value, index) => {
    const its = bytes[index];
    return value === undefined || its === undefined ? [] : [{ value, bytes: its }];
  });
  // Among a device's samples may be an `Offline`: what is JSON is looked at.
  if (isEnveloped && readable.length > 0)
    return {
      kind: 'json',
      payloads: readable.map(({ value }) => value),
      topics: samples.flatMap(({ topic }, index) =>
        whole[index] === undefined ? [] : (topic ?? []),
      ),
      samples,
      bytes: readable.map((one) => one.bytes),
      ...plain,
    };
  const text = bytes[0]?.toString('utf8') ?? '';
  return jsonLines(text, samples) ?? csvRows(text, samples) ?? refuse(file);
}

function refuse(file: string): never {
  const name = file === '-' ? 'Standard input' : file;
  throw new MillraceError(
    'INPUT_INVALID',
    `${name} should be JSON, JSON on each line, or CSV with the names of its columns in the first row; it is none of these.`,
  );
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    return undefined;
  }
}

function jsonLines(text: string, samples: readonly Sample[]): Inputs | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const payloads = lines.map(parsedJson);
  if (payloads.length === 0 || payloads.some((value) => value === undefined)) return undefined;
  const bytes = lines.map((line) => Buffer.from(line));
  return { kind: 'json', payloads, topics: [], samples, bytes, ...plain };
}

function csvRows(text: string, samples: readonly Sample[]): Inputs | undefined {
  const header = text.split(/\r?\n/, 1)[0] ?? '';
  const delimiter = [',', ';', '\t'].find((candidate) => header.includes(candidate));
  if (delimiter === undefined) return undefined;
  try {
    const rows: Record<string, string>[] = parse(text, {
      columns: true,
      bom: true,
      skip_empty_lines: true,
      delimiter,
    });
    if (rows.length === 0) return undefined;
    const isComma = delimiter === ',';
    const hasComma = (cell: string) => /^\s*-?\d+,\d+\s*$/.test(cell);
    const decimal =
      !isComma && rows.some((row) => Object.values(row).some(hasComma)) ? ',' : undefined;
    const payload = rows.slice(0, maxPayloads).map((row) => toCells(row, decimal));
    return {
      kind: 'csv',
      payloads: [payload],
      topics: [],
      samples,
      bytes: samples.map((sample) => sample.payload),
      delimiter: isComma ? undefined : delimiter,
      decimal,
    };
  } catch {
    return undefined;
  }
}

/** An empty cell is null, and a number has a point. */
function toCells(row: Record<string, string>, decimal: ',' | undefined) {
  return Object.fromEntries(
    Object.entries(row).map(([name, given]) => {
      const cell = given.trim();
      const isNumber = decimal !== undefined && /^-?\d+,\d+$/.test(cell);
      return [name, cell === '' ? null : isNumber ? cell.replace(',', '.') : cell];
    }),
  );
}
