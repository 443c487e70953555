/**
 * InfluxDB line protocol (https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/), as strict as the
 * reference decoder (https://github.com/influxdata/line-protocol, version 2), by whose vectors it is tested:
 * `measurement,tag=value,... field=value,... [time]`. No maintained library decodes it.
 */
import { type FieldValue, isInteger64, unquotedValue } from './field-value.ts';
import { blank, carriageReturn, endsAt, LineFault, LineReader, lineFeed } from './line-reader.ts';

export interface Point {
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, FieldValue>>;
  /** As it stands there, in whatever unit; undefined when there is none. */
  readonly time: string | undefined;
}

export type Line =
  | { readonly line: number; readonly point: Point }
  | { readonly line: number; readonly fault: string };

const measurementEnds = endsAt(', ');
const keyEnds = endsAt(',= ');
const stringEnds = new Uint8Array(128);
stringEnds['"'.charCodeAt(0)] = 1;
const valueEnds = new Uint8Array(128);
for (const end of ', \r\n') valueEnds[end.charCodeAt(0)] = 1;
const commentEnds = endsAt('');
const timeEnds = new Uint8Array(128).fill(1);
for (const part of '-0123456789') timeEnds[part.charCodeAt(0)] = 0;

const measurementEscapes = { ' ': ' ', ',': ',' };
const keyEscapes = { ' ': ' ', ',': ',', '=': '=' };
const stringEscapes = { '"': '"', '\\': '\\', n: '\n', r: '\r', t: '\t' };

/** Points and faults in their order; empty lines and comments are neither. A fault is of its line alone. */
export function parseLines(payload: Uint8Array, maxLines: number): readonly Line[] {
  const reader = new LineReader(payload);
  const lines: Line[] = [];
  for (
    skipEmptyLines(reader);
    !reader.isOver() && lines.length < maxLines;
    skipEmptyLines(reader)
  ) {
    const { at, line } = reader;
    try {
      lines.push({ line, point: readPoint(reader) });
    } catch (error) {
      if (!(error instanceof LineFault)) throw error;
      lines.push({ line, fault: error.message });
      // A text may go over line breaks: what follows the first of them is a line again.
      reader.goAfterLine(at, line);
    }
  }
  return lines;
}

/** A comment in which control characters stand is left, to be a fault. */
function skipEmptyLines(reader: LineReader): void {
  while (!reader.isOver()) {
    const { at } = reader;
    reader.skipBlanks();
    const code = reader.code();
    if (code === hash) {
      reader.skip(commentEnds);
      if (reader.takeLineEnd()) continue;
      reader.at = at;
      reader.skipBlanks();
      return;
    }
    if ((code !== lineFeed && code !== carriageReturn) || !reader.takeLineEnd()) return;
  }
}

function readPoint(reader: LineReader): Point {
  if (reader.code() === hash) throw reader.fault('a comment without control characters');
  const measurement = reader.takeEscaped(measurementEnds, measurementEscapes);
  if (measurement === '') throw reader.fault('a measurement');
  skipTagComma(reader);
  const tags = readTags(reader);
  const { values, isLast } = readFields(reader);
  return { measurement, tags, fields: values, time: isLast ? undefined : readTime(reader) };
}

/** After a comma must come a tag. */
function skipTagComma(reader: LineReader): void {
  if (reader.code() !== comma) return;
  reader.at++;
  const code = reader.code();
  if (reader.isOver() || code === blank || code === lineFeed || code === carriageReturn)
    throw reader.fault('a tag after the comma');
}

function readTags(reader: LineReader): Record<string, string> {
  const tags: Record<string, string> = {};
  while (reader.code() !== blank) {
    const key = reader.takeEscaped(keyEnds, keyEscapes);
    if (key === '') throw reader.fault('a tag or, after a blank, fields');
    if (reader.code() !== equals) throw reader.fault(`= after the tag ${JSON.stringify(key)}`);
    reader.at++;
    const value = reader.takeEscaped(keyEnds, keyEscapes);
    if (value === '') throw reader.fault(`a value of the tag ${JSON.stringify(key)}`);
    if (Object.hasOwn(tags, key))
      throw new LineFault(`Expected the tag ${key} once; came it twice.`);
    put(tags, key, value);
    skipTagComma(reader);
  }
  reader.skipBlanks();
  return tags;
}

interface Fields {
  readonly values: Record<string, FieldValue>;
  /** No time follows. */
  readonly isLast: boolean;
}

function readFields(reader: LineReader): Fields {
  const values: Record<string, FieldValue> = {};
  for (;;) {
    const key = reader.takeEscaped(keyEnds, keyEscapes);
    if (key === '') throw reader.fault('a field');
    if (reader.code() !== equals) throw reader.fault(`= after the field ${JSON.stringify(key)}`);
    reader.at++;
    put(values, key, readValue(reader, key));
    if (reader.isOver()) return { values, isLast: true };
    const code = reader.code();
    if (code === comma) {
      reader.at++;
      continue;
    }
    if (code !== blank && code !== lineFeed && code !== carriageReturn)
      throw reader.fault(`a comma or a blank after the field ${JSON.stringify(key)}`);
    reader.skipBlanks();
    return { values, isLast: reader.takeLineEnd() };
  }
}

function readValue(reader: LineReader, key: string): FieldValue {
  if (reader.code() !== quote) {
    const text = reader.take(valueEnds);
    if (text === '') throw reader.fault(`a value of the field ${JSON.stringify(key)}`);
    return unquotedValue(text, key);
  }
  const { at } = reader;
  reader.at++;
  const text = reader.takeEscaped(stringEnds, stringEscapes);
  if (reader.isOver()) {
    reader.at = at;
    throw reader.fault(`a closing quote of the field ${JSON.stringify(key)}`);
  }
  reader.at++;
  return text;
}

function readTime(reader: LineReader): string | undefined {
  const { at } = reader;
  const time = reader.take(timeEnds);
  const code = reader.code();
  if (!reader.isOver() && code !== blank && code !== lineFeed && code !== carriageReturn)
    throw reader.fault('a time of digits');
  reader.skipBlanks();
  if (!reader.takeLineEnd()) throw reader.fault('the end of the line');
  if (time !== '' && !isInteger64(time)) {
    reader.at = at;
    throw reader.fault('a time of 64 bits');
  }
  return time === '' ? undefined : time;
}

/** Assigned, `__proto__` would be the object's prototype. */
function put<T>(values: Record<string, T>, key: string, value: T): void {
  if (key !== '__proto__') values[key] = value;
  else Object.defineProperty(values, key, { value, enumerable: true, configurable: true });
}

const hash = 0x23;
const comma = 0x2c;
const equals = 0x3d;
const quote = 0x22;
