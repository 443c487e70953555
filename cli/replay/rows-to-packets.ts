import { MillraceError } from '../../core/errors.ts';
import { parseRecordedTime } from './parse-recorded-time.ts';
import type { RecordedPacket } from './recording.ts';
import type { ReplayMapping } from './replay-mapping.ts';

export type Row = Readonly<Record<string, unknown>>;

export interface NumberedRow {
  readonly row: Row;
  /** For complaints: `line 12 of roads.csv`. */
  readonly place: string;
}

/** Rows in order of time as packets, spread over `mapping.spread` where they share a time. */
export async function* rowsToPackets(
  rows: AsyncIterable<NumberedRow>,
  mapping: ReplayMapping,
): AsyncGenerator<RecordedPacket> {
  const timeOf = rowTimes(mapping);
  let group: Row[] = [];
  let groupMs: number | undefined;
  for await (const numbered of rows) {
    const timeMs = timeOf(numbered);
    if (mapping.spread === undefined) {
      for (const row of unpivot(numbered.row, mapping)) yield toPacket(row, timeMs, mapping);
      continue;
    }
    if (timeMs !== groupMs) {
      yield* spread(group, groupMs, mapping);
      group = [];
      groupMs = timeMs;
    }
    group.push(...unpivot(numbered.row, mapping));
  }
  yield* spread(group, groupMs, mapping);
}

function* spread(rows: readonly Row[], timeMs: number | undefined, mapping: ReplayMapping) {
  const stepMs = (mapping.spread ?? 0) / rows.length;
  for (const [index, row] of rows.entries()) {
    yield toPacket(
      row,
      timeMs === undefined ? undefined : timeMs + Math.floor(index * stepMs),
      mapping,
    );
  }
}

/** Times repeat from row to row, and reading a local one is costly: the last is kept. */
function rowTimes({ time }: ReplayMapping): (numbered: NumberedRow) => number | undefined {
  if (time === undefined) return () => undefined;
  if ('start' in time) {
    const startMs = parseRecordedTime(time.start, time);
    if (startMs === undefined)
      throw new MillraceError(
        'INPUT_INVALID',
        `time.start of the mapping is no time: ${time.start}`,
      );
    let count = 0;
    return () => startMs + count++ * time.every;
  }
  let lastText: string | undefined;
  let lastMs: number | undefined;
  return ({ row, place }) => {
    const text = String(row[time.column] ?? '');
    if (text === lastText) return lastMs;
    lastText = text;
    lastMs = parseRecordedTime(text, time);
    if (lastMs === undefined)
      throw new MillraceError(
        'INPUT_INVALID',
        `Column ${time.column} in ${place} should hold a time, and holds "${text}".`,
      );
    return lastMs;
  };
}

function unpivot(row: Row, { columns, time }: ReplayMapping): readonly Row[] {
  if (!columns) return [row];
  const timeColumn = time && 'column' in time ? time.column : undefined;
  return Object.entries(row)
    .filter(([name]) => name !== timeColumn)
    .map(([name, value]) => ({ [columns.name]: name, [columns.value]: value }));
}

function toPacket(row: Row, timeMs: number | undefined, mapping: ReplayMapping): RecordedPacket {
  return {
    timeMs,
    topic: fillTemplate(mapping.topic, row),
    payload: (shiftMs) =>
      JSON.stringify({
        ...(timeMs === undefined ? {} : { [mapping.timeField ?? 'ts']: timeMs + shiftMs }),
        ...payloadFields(row, mapping),
      }),
  };
}

function payloadFields(row: Row, { payload, time }: ReplayMapping): Record<string, unknown> {
  const timeColumn = time && 'column' in time ? time.column : undefined;
  const pairs = payload
    ? Object.entries(payload)
    : Object.keys(row)
        .filter((column) => column !== timeColumn)
        .map((column) => [column, column] as const);
  const fields: Record<string, unknown> = {};
  for (const [field, column] of pairs) {
    const value = row[column];
    // An empty cell is an absent value: a gap stays a gap.
    if (value !== undefined && value !== '') fields[field] = typed(value);
  }
  return fields;
}

/** CSV knows text only: what reads as a number is one. */
function typed(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const number = Number(value);
  return Number.isFinite(number) && value.trim() !== '' ? number : value;
}

/** `{name}` is replaced by the row's value. Throws `INPUT_INVALID` when there is no such column. */
function fillTemplate(template: string, row: Row): string {
  return template.replace(/\{([^{}]+)\}/g, (_, name: string) => {
    const value = row[name];
    if (value === undefined)
      throw new MillraceError(
        'INPUT_INVALID',
        `The topic ${template} names {${name}}, and there are only: ${Object.keys(row).slice(0, 20).join(', ')}.`,
      );
    return String(value);
  });
}
