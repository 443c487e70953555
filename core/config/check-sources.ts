import { z } from 'zod';
import { conversionFault, expectedUnit, isUnit } from '../units.ts';
import type { CheckedModel, CheckedModels } from './check-models.ts';
import { checkPoll } from './check-poll.ts';
import { faultPath, oneOf } from './fault.ts';
import type { FaultList } from './fault-list.ts';
import { filtersOf } from './filters-of.ts';
import { formatSchema, sourceSchema } from './pipeline-schema.ts';
import type { PollDeclaration } from './poll-declaration.ts';
import { filtersOverlap } from './topic-filter.ts';
import { warnOfPlainSecrets } from './warn-of-plain-secrets.ts';

type CheckedFormat = z.output<typeof formatSchema>;
type Keys = readonly PropertyKey[];

/** Sources and registers stand in addresses, record keys and metric labels. */
const namePattern = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

export function checkName(path: Keys, name: string, list: FaultList): void {
  if (!namePattern.test(name))
    list.add(
      path,
      'a name of up to 64 letters, digits, underscores and dashes that begins with a letter',
      name,
    );
}

export function checkSources(
  sources: Readonly<Record<string, unknown>>,
  models: CheckedModels,
  list: FaultList,
): void {
  if (Object.keys(sources).length === 0) list.add(['sources'], 'at least one source', sources);
  const filters: { source: string; filter: string }[] = [];
  for (const [name, declaration] of Object.entries(sources)) {
    const path = ['sources', name];
    checkName(path, name, list);
    const source = list.parse(path, sourceSchema, declaration);
    // A fault beside it doesn't keep those of the format for the next start.
    const format = source?.format ?? formatOf(declaration);
    if (format !== undefined) checkFormat([...path, 'format'], format, models, list);
    if (source === undefined) continue;
    // Its shape is what the type says, since the schema found no fault.
    if (source.poll !== undefined)
      checkPoll([...path, 'poll'], source.poll as PollDeclaration, list);
    const isAsked = source.webhook !== undefined || source.poll !== undefined;
    warnOfPlainSecrets([...path, 'webhook', 'verify'], source.webhook?.verify, list);
    const topics = filtersOf(source);
    if (topics.length === 0 && !isAsked && (source.format.faults ?? []).length === 0)
      list.add(
        [...path, 'topics'],
        'a way in: at least one topic filter (the format implies none), webhook: {...} or poll: {...}',
        source.topics,
      );
    for (const filter of topics) filters.push({ source: name, filter });
    if (source.format.remembers) {
      refuseShares(path, topics, list);
      if (source.webhook !== undefined) warnOfForgetting(path, source.format.name, list);
    }
  }
  warnOfOverlaps(filters, list);
}

/** Each of those who share a filter gets some of a device's messages: none of them could follow it. */
function refuseShares(path: Keys, topics: readonly string[], list: FaultList): void {
  for (const filter of topics.filter((topic) => topic.startsWith('$share/')))
    list.add(
      [...path, 'topics'],
      'filters without $share, since this format follows each device from message to message',
      filter,
    );
}

/** Replicas of the webhook ingress take deliveries in no order: none of them could follow a device. */
function warnOfForgetting(path: Keys, format: string, list: FaultList): void {
  list.warn(
    [...path, 'webhook'],
    `${format} follows each device from message to message, and of deliveries by webhook nothing is remembered: what only an earlier message explains becomes a dead letter or is left out. Take it by topics or poll: {...} where the sender can.`,
  );
}

function formatOf(declaration: unknown): CheckedFormat | undefined {
  const source = z.object({ format: formatSchema }).safeParse(declaration);
  return source.success ? source.data.format : undefined;
}

/** A packet goes to the first source that matches, so an overlap may starve the later one. */
function warnOfOverlaps(
  filters: readonly { source: string; filter: string }[],
  list: FaultList,
): void {
  for (const [index, later] of filters.entries()) {
    for (const earlier of filters.slice(0, index)) {
      if (!filtersOverlap(earlier.filter, later.filter)) continue;
      if (earlier.source === later.source && earlier.filter !== later.filter) continue;
      list.warn(
        ['sources', later.source, 'topics'],
        earlier.source === later.source
          ? `${later.filter} stands there twice.`
          : `${later.filter} and ${earlier.filter} of ${earlier.source} match the same topics; those go to ${earlier.source}, which comes first.`,
      );
    }
  }
}

function checkFormat(
  path: Keys,
  format: CheckedFormat,
  models: CheckedModels,
  list: FaultList,
): void {
  for (const fault of format.faults ?? [])
    list.faults.push({ ...fault, path: `${faultPath(path)}.${fault.path}` });
  for (const [entityType, fields] of Object.entries(format.emits)) {
    if (!models.has(entityType)) {
      list.add(
        // Each place is where the reader wrote it: a mapping has no list of what it gives.
        format.isMapping === true ? [...path, 'entity', 'type'] : [...path, 'emits'],
        `entity types that have a model: ${oneOf([...models.keys()], entityType)}`,
        entityType,
      );
      continue;
    }
    const model = models.get(entityType);
    if (model === undefined) continue;
    for (const name of fields) checkEmitted(path, { entityType, name, format, model }, list);
  }
}

interface Emitted {
  readonly entityType: string;
  readonly name: string;
  readonly format: CheckedFormat;
  readonly model: CheckedModel;
}

function checkEmitted(
  path: Keys,
  { entityType, name, format, model }: Emitted,
  list: FaultList,
): void {
  if (!model.fields.has(name)) {
    const known = oneOf([...model.fields.keys()], name);
    const part = format.kinds?.[entityType]?.[name] === 'tag' ? 'tags' : 'fields';
    const place = format.isMapping === true ? [part, name] : ['emits', entityType];
    list.add([...path, ...place], `fields of the model: ${known}`, name);
  }
  const field = model.fields.get(name);
  if (field === undefined) return;
  const kinds = own(format.kinds, entityType);
  if (kinds !== undefined)
    checkFieldKind([...path, 'fields', name], own(kinds, name), field.kind, list);
  const unit = 'unit' in field ? field.unit : undefined;
  const given = own(own(format.units, entityType), name);
  checkFieldUnit([...path, 'fields', name, 'unit'], given, unit, list);
}

/** A type or a field may have any name, `constructor` too. */
function own<T>(values: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return values !== undefined && Object.hasOwn(values, name) ? values[name] : undefined;
}

function checkFieldKind(
  path: Keys,
  given: string | undefined,
  modelled: string,
  list: FaultList,
): void {
  // No value of a payload is by itself a tag, or a decimal: a format that knows kinds says so.
  const mustBeGiven = modelled === 'tag' || modelled === 'decimal';
  if (given === undefined ? mustBeGiven : given !== modelled)
    list.add(path, `kind ${modelled}, as the model has it`, given);
}

function checkFieldUnit(
  path: Keys,
  given: string | undefined,
  modelled: string | undefined,
  list: FaultList,
): void {
  if (given === undefined) return;
  const expected = !isUnit(given)
    ? expectedUnit(given)
    : modelled === undefined
      ? "no unit, since the model's field has none to convert to"
      : isUnit(modelled) && conversionFault(given, modelled) !== undefined
        ? `a unit that can be converted to the model's ${modelled}`
        : undefined;
  if (expected !== undefined) list.add(path, expected, given);
}
