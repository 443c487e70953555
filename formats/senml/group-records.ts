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
  /** Degrees. */
  lat: number | undefined;
  lon: number | undefined;
  /** The first of its records that is bad; it takes the others along, since they are one reading. */
  fault: DeadLetterOutcome | undefined;
  /** What its records are called that are neither a field nor ignored. */
  unknown: string[] | undefined;
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
  const groups = new Map<string, Map<number, Open>>();
  const fieldIndex = grouping.names.placeholders.indexOf('field');
  for (const record of records) {
    const texts = 'kind' in record ? undefined : grouping.names.split(record.n);
    if ('kind' in record || texts === undefined) {
      parts.push('kind' in record ? record : otherName(record));
      continue;
    }
    const given = texts[fieldIndex];
    const ofEntity = entityKey(texts, grouping.usesField ? -1 : fieldIndex);
    const byTime = groups.get(ofEntity) ?? new Map<number, Open>();
    if (byTime.size === 0) groups.set(ofEntity, byTime);
    let open = byTime.get(record.t);
    // The same quantity again at the same time is a reading of its own.
    if (open === undefined || has(open, record, given)) {
      open = { group: newGroup(record, texts), first: record, given, others: undefined };
      byTime.set(record.t, open);
      parts.push(open.group);
    } else {
      open.others ??= new Set();
      open.others.add(quantity(record, given));
    }
    addRecord(open.group, record, given, grouping);
  }
  return parts;
}

/** A group that further records may join. Most have one record: what names the others is kept only where there are. */
interface Open {
  readonly group: Group;
  readonly first: ResolvedRecord;
  readonly given: string | undefined;
  others: Set<string> | undefined;
}

const quantity = ({ u }: ResolvedRecord, given: string | undefined) => `${given}\n${u}`;

const has = ({ first, given, others }: Open, record: ResolvedRecord, other: string | undefined) =>
  (first.u === record.u && given === other) || others?.has(quantity(record, other)) === true;

/** The texts but that of the field. */
function entityKey(texts: readonly string[], fieldIndex: number): string {
  let key = '';
  for (let index = 0; index < texts.length; index++)
    if (index !== fieldIndex) key = key === '' ? (texts[index] ?? '') : `${key}\n${texts[index]}`;
  return key;
}

const newGroup = ({ t, place }: ResolvedRecord, texts: readonly string[]): Group => ({
  t,
  texts,
  values: { numbers: {}, flags: {}, texts: {}, unset: [] },
  place,
  lat: undefined,
  lon: undefined,
  fault: undefined,
  unknown: undefined,
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
  if (isPosition) group[u] = value;
  let isKnown = isPosition;
  for (const field of fields) {
    if (!field.matches(given, record)) continue;
    isKnown = true;
    group.hasValue = true;
    group.fault ??= field.read(record, group.values);
  }
  if (isKnown || ignored.has(given ?? '')) return;
  group.unknown ??= [];
  group.unknown.push(given ?? u ?? record.n);
}
