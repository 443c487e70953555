import type { DeadLetterOutcome } from '../../core/outcome.ts';
import { deadLetter, describeJson } from '../json/part.ts';

/** A record by SenML's labels. */
export type Raw = Readonly<Record<string, unknown>>;

/** What holds for this record and those after it (RFC 8428, 4.1). */
export interface Base {
  readonly bn: string;
  readonly bt: number;
  readonly bu: string | undefined;
  readonly bv: number | undefined;
  readonly bs: number | undefined;
}

/** Labels in CBOR (RFC 8428, 6). */
const cborLabels: Readonly<Record<string, string>> = {
  '-1': 'bver',
  '-2': 'bn',
  '-3': 'bt',
  '-4': 'bu',
  '-5': 'bv',
  '-6': 'bs',
  '0': 'n',
  '1': 'u',
  '2': 'v',
  '3': 'vs',
  '4': 'vb',
  '5': 's',
  '6': 't',
  '7': 'ut',
  '8': 'vd',
};

export function withLabels(record: Raw): Raw {
  const labelled: Record<string, unknown> = {};
  for (const key of Object.keys(record)) labelled[cborLabels[key] ?? key] = record[key];
  return labelled;
}

/**
 * RFC 8428 is version 10, and what was before it below. RFC 9100 has made the number a set of features, of which the
 * one of value 16 is secondary units.
 */
const newestVersion = 31;

/** The base fields from this record on; what they may not be is a fault of the pack. */
export function baseOf(base: Base, raw: Raw, place: string): Base | DeadLetterOutcome {
  const unknown = Object.keys(raw).find((label) => label.endsWith('_'));
  if (unknown !== undefined)
    return malformed(
      'labels that can be passed over',
      `${unknown}, which must be understood`,
      place,
    );
  const { bver, bn = base.bn, bt = base.bt, bu = base.bu, bv = base.bv, bs = base.bs } = raw;
  if (bver !== undefined && !(Number.isInteger(bver) && isBetween(bver, 1, newestVersion)))
    return malformed('a version up to 10, or 26', describe(bver), `${place}.bver`);
  if (typeof bn !== 'string') return malformed('a text', describe(bn), `${place}.bn`);
  if (!isFiniteNumber(bt)) return malformed('a number', describe(bt), `${place}.bt`);
  if (bu !== undefined && typeof bu !== 'string')
    return malformed('a text', describe(bu), `${place}.bu`);
  if (bv !== undefined && !isFiniteNumber(bv))
    return malformed('a number', describe(bv), `${place}.bv`);
  if (bs !== undefined && !isFiniteNumber(bs))
    return malformed('a number', describe(bs), `${place}.bs`);
  return { bn, bt, bu, bv, bs };
}

export const isFiniteNumber = (value: unknown): value is number => Number.isFinite(value);
const isBetween = (value: unknown, least: number, most: number) =>
  typeof value === 'number' && value >= least && value <= most;
const describe = (value: unknown) => describeJson({ value });

const malformed = (expected: string, came: string, place: string) =>
  deadLetter('payload-malformed', `Expected ${expected}; came ${came}.`, place);
