import type { DeadLetterOutcome } from '../../core/outcome.ts';
import { deadLetter } from '../json/part.ts';
import type { Values } from '../json/read-fields.ts';
import type { FieldReader } from './field-reader.ts';
import type { Names } from './names.ts';
import type { ResolvedRecord } from './resolve.ts';

/** Records of one entity at one time: a part of the payload, and one reading. */
export interface Group {
  readonly t: number;
  /** The texts of the names' placeholders. */
  readonly texts: readonly string[];
  readonly values: Values;
  readonly place: string;
  /** Degrees and metres: `lat`, `lon`. */
  readonly position: { lat?: number; lon?: number };
  /** The first of its records that is bad; it takes the others along, since they are one reading. */
  fault: DeadLetterOutcome | undefined;
  /** What its records are called that are neither a field nor ignored. */
  readonly unknown: string[];
  hasValue: boolean;
}

export interface Grouping {
  readonly names: Names;
  readonly fields: readonly FieldReader[];
  readonly ignored: ReadonlySet<string>;
  /** `{field}` is used beside `fields`: each of its texts is an entity, or a tag, of its own. */
  readonly usesField: boolean;
}

/**
 * Parts in the order of their first records. A record that can't be resolved, or whose name is another, is a part of
 * its own. Which records make a part depends on their names and times alone, not on the declared fields: a dead letter
 * keeps its place when the declaration is mended.
 */
export function groupRecords(
  records: readonly (ResolvedRecord | DeadLetterOutcome)[],
  grouping: Grouping,
): readonly (Group | DeadLetterOutcome)[] {
  const parts: (Group | DeadLetterOutcome)[] = [];
  const groups = new Map<string, Group & { readonly seen: Set<string> }>();
  const fieldIndex = grouping.names.placeholders.indexOf('field');
  for (const record of records) {
    if ('kind' in record) {
      parts.push(record);
      continue;
    }
    const texts = grouping.names.split(record.n);
    if (texts === undefined) {
      parts.push(otherName(record));
      continue;
    }
    const given = texts[fieldIndex];
    const key = [
      record.t,
      ...(grouping.usesField ? texts : texts.filter((_, index) => index !== fieldIndex)),
    ].join('\n');
    const once = `${given}\n${record.u}`;
    let group = groups.get(key);
    // The same quantity again at the same time is a reading of its own.
    if (group === undefined || group.seen.has(once)) {
      group = { ...newGroup(record, texts), seen: new Set() };
      groups.set(key, group);
      parts.push(group);
    }
    group.seen.add(once);
    addRecord(group, record, given, grouping);
  }
  return parts;
}

const newGroup = ({ t, place }: ResolvedRecord, texts: readonly string[]): Group => ({
  t,
  texts,
  values: { numbers: {}, flags: {}, texts: {}, unset: [] },
  place,
  position: {},
  fault: undefined,
  unknown: [],
  hasValue: false,
});

const otherName = ({ n, place }: ResolvedRecord) =>
  deadLetter(
    'entity-invalid',
    `Expected a name that splits as the declaration says; came ${n.slice(0, 100)}.`,
    `${place}.n`,
  );

function addRecord(
  group: Group,
  record: ResolvedRecord,
  given: string | undefined,
  { fields, ignored }: Grouping,
): void {
  const { u, value } = record;
  const isPosition = (u === 'lat' || u === 'lon') && typeof value === 'number';
  if (isPosition) group.position[u] = value;
  const matching = fields.filter((field) => field.matches(given, record));
  for (const field of matching) {
    group.fault ??= field.read(record, group.values);
    group.hasValue = true;
  }
  if (matching.length === 0 && !isPosition && !ignored.has(given ?? ''))
    group.unknown.push(given ?? record.u ?? record.n);
}
