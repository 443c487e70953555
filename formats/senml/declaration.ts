import { z } from 'zod';
import type { Fault } from '../../core/config/fault.ts';
import { FaultList } from '../../core/config/fault-list.ts';
import { aText, exactly } from '../../core/config/schema-parts.ts';
import type { JsonField, JsonFormatDeclaration } from '../json/declaration.ts';

/** Which records are a field, and what the field is. */
export interface SenmlField extends Pick<JsonField, 'kind' | 'unit'> {
  /** What `{field}` of the name is; the field's own name when absent. */
  readonly name?: string;
  /** Records of this SenML unit alone; then `name` counts only where it is given. */
  readonly of?: string;
  /** `sum`: the record's sum (`s`), in the unit times seconds. */
  readonly take?: 'value' | 'sum';
}

export interface SenmlDeclaration<Topic extends string>
  extends Pick<JsonFormatDeclaration<Topic>, 'name' | 'topic'> {
  /** How a resolved name splits, as `urn:dev:ow:{device}:{field}`; at its last colon or slash when absent. */
  readonly names?: string;
  /** Texts with the placeholders of `names` and of the topic. */
  readonly entity: { readonly type: string; readonly id: string };
  /** `unit` is the UCUM code that numbers are converted to from whatever unit their record has. */
  readonly fields: Readonly<Record<string, SenmlField>>;
  readonly tags?: Readonly<Record<string, string>>;
  /** Records whose `{field}` is one of these are set aside, counted as filtered. */
  readonly ignore?: readonly string[];
}

const placeholders = aText('a text, with placeholders in braces');

const schema = exactly(
  {
    name: aText('a name').optional(),
    topic: aText('an MQTT topic with {placeholders}').optional(),
    names: aText('a text with placeholders, as {device}:{field}').optional(),
    entity: exactly({ type: placeholders, id: placeholders }, '{ type, id }'),
    fields: z.record(
      z.string(),
      exactly({
        name: aText('what {field} of the name is').optional(),
        of: aText('a SenML unit').optional(),
        take: z.enum(['value', 'sum'], { error: 'value or sum' }).optional(),
        kind: z
          .enum(['number', 'flag', 'text', 'decimal'], { error: 'number, flag, text or decimal' })
          .optional(),
        unit: aText('a UCUM code').optional(),
      }),
      { error: 'fields by name, as { temperature: { unit: "Cel" } }' },
    ),
    tags: z.record(z.string(), placeholders, { error: 'texts by tag' }).optional(),
    ignore: z.array(aText('a name'), { error: 'a list of names' }).optional(),
  },
  'a declaration, as senml({ entity, fields })',
);

export function senmlFaults(declaration: unknown): readonly Fault[] {
  const list = new FaultList();
  list.parse([], schema, declaration);
  return list.faults;
}
