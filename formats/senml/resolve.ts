/** SenML (RFC 8428): records and their base fields -> records that stand alone (4.6), but for times relative to now. */
import type { DeadLetterOutcome } from '../../core/outcome.ts';
import type { ParsedValue } from '../json/json-text.ts';
import { deadLetter, describeJson } from '../json/part.ts';
import { type Base, baseOf, isFiniteNumber, type Raw, withLabels } from './base-fields.ts';

export interface ResolvedRecord {
  /** Base name and name. */
  readonly n: string;
  readonly u: string | undefined;
  /** Seconds since 1970; below 2^28 seconds from now (4.5.3). */
  readonly t: number;
  /** Of `v` with its base, `vs`, `vb`, or `vd` as base64url. */
  readonly value: number | string | boolean | undefined;
  /** The value's digits, where a double doesn't hold them. */
  readonly digits: string | undefined;
  /** Integral over time, in the unit times seconds. */
  readonly s: number | undefined;
  readonly place: string;
}

export interface ResolveOptions {
  /** Labels are numbers. */
  readonly isCbor: boolean;
  readonly numberTexts: ParsedValue['numberTexts'];
}

/**
 * Each record that has more than base fields, or why it can't be used. What is wrong with the pack itself (a version
 * that isn't known, a base field of another type) is one dead letter.
 */
export function resolve(
  pack: unknown,
  { isCbor, numberTexts }: ResolveOptions,
): readonly (ResolvedRecord | DeadLetterOutcome)[] | DeadLetterOutcome {
  if (!Array.isArray(pack)) return notSenml('a list of records', pack, '$');
  const resolved: (ResolvedRecord | DeadLetterOutcome)[] = [];
  let base: Base = { bn: '', bt: 0, bu: undefined, bv: undefined, bs: undefined };
  for (const [index, record] of pack.entries()) {
    const place = `$[${index}]`;
    if (typeof record !== 'object' || record === null || Array.isArray(record))
      return notSenml('a record', record, place);
    const raw = isCbor ? withLabels(record as Raw) : (record as Raw);
    const changed = baseOf(base, raw, place);
    if ('kind' in changed) return changed;
    base = changed;
    const digits = numberTexts?.get(record)?.get(isCbor ? '2' : 'v');
    if (hasRegularField(raw)) resolved.push(resolveRecord(base, raw, { place, digits }));
  }
  return resolved;
}

const notSenml = (expected: string, value: unknown, place: string) =>
  deadLetter('payload-malformed', `Expected ${expected}; came ${describeJson({ value })}.`, place);

/** Many senders put the base fields into a first record of their own. */
const regularFields = ['n', 'u', 'v', 'vs', 'vb', 'vd', 's', 't', 'ut'];
const hasRegularField = (raw: Raw) => regularFields.some((label) => raw[label] !== undefined);

interface Where {
  readonly place: string;
  readonly digits: string | undefined;
}

function resolveRecord(
  base: Base,
  raw: Raw,
  { place, digits }: Where,
): ResolvedRecord | DeadLetterOutcome {
  const { n = '', u = base.bu, t = 0, s } = raw;
  if (typeof n !== 'string') return mismatch('a text', n, `${place}.n`);
  const name = base.bn + n;
  // 4.5.1
  if (!/^[A-Za-z0-9][-A-Za-z0-9:./_]*$/.test(name))
    return deadLetter(
      'entity-invalid',
      `Expected a name of letters, digits and - : . / _; came ${describeJson({ value: name })}.`,
      `${place}.n`,
    );
  if (u !== undefined && typeof u !== 'string') return mismatch('a text', u, `${place}.u`);
  if (!isFiniteNumber(t))
    return deadLetter(
      'time-invalid',
      `Expected seconds; came ${describeJson({ value: t })}.`,
      `${place}.t`,
    );
  if (s !== undefined && !isFiniteNumber(s)) return mismatch('a number', s, `${place}.s`);
  const value = readValue(base, raw, place);
  if (typeof value === 'object') return value;
  const sum = s === undefined && base.bs === undefined ? undefined : (s ?? 0) + (base.bs ?? 0);
  if (value === undefined && sum === undefined)
    return deadLetter('path-missing', 'Expected v, vs, vb, vd or s; none is there.', place);
  const kept = base.bv === undefined ? digits : undefined;
  return { n: name, u, t: base.bt + t, value, digits: kept, s: sum, place };
}

const valueLabels = ['v', 'vs', 'vb', 'vd'] as const;
const base64url = /^[-\w]*={0,2}$/;

/** 4.2 and 4.5.4; undefined where there is none. */
function readValue(
  base: Base,
  raw: Raw,
  place: string,
): ResolvedRecord['value'] | DeadLetterOutcome {
  const labels = valueLabels.filter((label) => raw[label] !== undefined);
  const [label] = labels;
  if (labels.length > 1)
    return deadLetter('type-mismatch', `Expected one value; came ${labels.join(' and ')}.`, place);
  if (label === undefined) return raw.s === undefined ? base.bv : undefined;
  const value = raw[label];
  const at = `${place}.${label}`;
  switch (label) {
    case 'v':
      if (isFiniteNumber(value)) return value + (base.bv ?? 0);
      return typeof value === 'number'
        ? deadLetter('number-not-finite', `Expected a finite number; came ${value}.`, at)
        : mismatch('a number', value, at);
    case 'vb':
      return typeof value === 'boolean' ? value : mismatch('true or false', value, at);
    case 'vs':
      return typeof value === 'string' ? value : mismatch('a text', value, at);
    case 'vd':
      return typeof value === 'string' && base64url.test(value)
        ? value
        : mismatch('a text in base64url', value, at);
  }
}

const mismatch = (expected: string, value: unknown, place: string) =>
  deadLetter('type-mismatch', `Expected ${expected}; came ${describeJson({ value })}.`, place);
