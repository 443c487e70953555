import type { CsvFormatDeclaration } from '../../formats/csv.ts';
import type { JsonField, JsonFormatDeclaration } from '../../formats/json/declaration.ts';
import type { GuessedField } from './guess-fields.ts';
import type { Proposal } from './propose.ts';

export type MappingDeclaration = JsonFormatDeclaration<string> | CsvFormatDeclaration<string>;

/** What stands in `json({...})` or `csv({...})`. */
export function toDeclaration(proposal: Proposal): MappingDeclaration {
  const { kind, topic, each, entityType, entityId, time, position, entity, fields, topicTags } =
    proposal;
  const tags = fields.filter((field) => field.kind === 'tag');
  return {
    topic: topic.template,
    ...(proposal.delimiter === undefined ? {} : { delimiter: proposal.delimiter }),
    ...(proposal.decimal === undefined ? {} : { decimal: proposal.decimal }),
    ...(each.path === undefined || kind === 'csv' ? {} : { each: each.path }),
    entity: { type: entityType, id: entityId },
    ...(time === undefined
      ? {}
      : {
          time: {
            path: time.leaf.path,
            unit: time.unit,
            ...(time.isOptional ? { optional: true } : {}),
          },
        }),
    fields: Object.fromEntries(
      fields
        .filter((field) => field.kind !== 'tag')
        .map((field) => [field.name, fieldOf(field, kind)]),
    ),
    ...(tags.length + topicTags.length === 0
      ? {}
      : {
          tags: Object.fromEntries([
            ...topicTags.map((name) => [name, `{${name}}`]),
            ...tags.map(({ name, leaf }) => [name, `{${leaf.path}}`]),
          ]),
        }),
    ...(position === undefined
      ? {}
      : {
          position: {
            lat: position.lat,
            lon: position.lon,
            ...(position.altitude === undefined ? {} : { altitude: position.altitude }),
          },
        }),
    ...(entity.readingId === undefined ? {} : { id: entity.readingId.path }),
  } as MappingDeclaration;
}

/** A path alone where the value's own type says the rest. */
function fieldOf(
  { leaf, kind, unit, why }: GuessedField,
  of: Proposal['kind'],
): JsonField | string {
  const { path } = leaf;
  if (unit !== undefined) return { path, unit };
  if (kind === 'tag') return path;
  const isPlain = of === 'csv' ? kind === 'number' : kind !== 'decimal' && why === '';
  return isPlain ? path : { path, kind };
}
