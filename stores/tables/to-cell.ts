import type { Position } from '../../core/reading.ts';
import { type ColumnType, columnTypeText } from '../../core/tables/column-type.ts';
import type { ColumnPlan } from '../../core/tables/table-plan.ts';
import { epochMicros, parseRfc3339 } from '../../core/time.ts';
import { fittedDecimal, plainDecimal, wholeDecimal } from './decimal-text.ts';

/**
 * A value as a column has it, for every driver the same: `numeric` is decimal text, `bigint` a bigint, `timestamptz`
 * microseconds since 1970, `date` its text.
 */
export type Cell = string | number | bigint | boolean | readonly string[] | Position | null;

/** A value as readings and latest states have it. */
export type RawValue = string | number | boolean | readonly string[] | Position | null;

/** Undefined when the value doesn't fit the column. Null stays null. */
export function toCell(column: ColumnPlan, value: RawValue): Cell | undefined {
  if (value === null) return null;
  const { type } = column;
  switch (type.type) {
    case 'text':
      return typeof value === 'string' ? value : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'double precision':
      return typeof value === 'number' ? value : undefined;
    case 'numeric':
      return numericCell(column, type, value);
    case 'integer':
      return integerCell(value);
    case 'bigint':
      return bigintCell(value);
    case 'timestamptz':
      return timeCell(column, value);
    case 'date':
      return typeof value === 'string' && isDate(value) ? value : undefined;
    case 'text[]':
      return Array.isArray(value) ? value : undefined;
    case 'geography':
      return isPosition(value) ? placeCell(value) : undefined;
  }
}

/** False for a column that takes every value of its source. */
export function mayNotFit({ source, type }: ColumnPlan): boolean {
  switch (type.type) {
    case 'text':
      return source === 'decimal';
    case 'numeric':
    case 'integer':
    case 'bigint':
    case 'date':
      return true;
    case 'timestamptz':
      return source !== 'time';
    default:
      return false;
  }
}

/** What a value that doesn't fit should have been, for people. */
export function expectedOf({ type, source }: ColumnPlan): string {
  const text = columnTypeText(type);
  if (type.type === 'timestamptz') return `${text}, an RFC 3339 time from 1970 on`;
  if (type.type === 'date') return `${text}, as 2026-11-22`;
  return source === 'decimal' ? `${text}, with nothing rounded away` : text;
}

function numericCell(
  { source }: ColumnPlan,
  { precision, scale }: Extract<ColumnType, { type: 'numeric' }>,
  value: RawValue,
): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const text = String(value);
  if (precision === null) return plainDecimal(text);
  // A double is an approximation anyhow; a decimal is somebody's money.
  return fittedDecimal(text, { precision, scale, exact: source === 'decimal' });
}

function integerCell(value: RawValue): number | undefined {
  const whole = wholeOf(value);
  if (whole === undefined) return undefined;
  const number = Number(whole);
  return number >= -(2 ** 31) && number < 2 ** 31 ? number : undefined;
}

function bigintCell(value: RawValue): bigint | undefined {
  const whole = wholeOf(value);
  return whole !== undefined && BigInt.asIntN(64, whole) === whole ? whole : undefined;
}

function wholeOf(value: RawValue): bigint | undefined {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : undefined;
  return typeof value === 'string' ? wholeDecimal(value) : undefined;
}

function timeCell({ source, timeUnit }: ColumnPlan, value: RawValue): number | undefined {
  if (typeof value === 'string') return parseRfc3339(value);
  if (typeof value !== 'number') return undefined;
  // Times of readings are checked where they come in, and may lie before 1970.
  return source === 'time' ? value : epochMicros(value, timeUnit);
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || text.startsWith('0000')) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

function isPosition(value: RawValue): value is Position {
  return typeof value === 'object' && value !== null && 'lat' in value;
}

/** No place on Earth is none, as in the table `entities`. */
function placeCell(position: Position): Position | null {
  const { lat, lon } = position;
  return Math.abs(lat) <= 90 && Math.abs(lon) <= 180 ? position : null;
}
