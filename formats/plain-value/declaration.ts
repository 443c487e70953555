import { z } from 'zod';
import type { Fault } from '../../core/config/fault.ts';
import { FaultList } from '../../core/config/fault-list.ts';
import { aText, exactly, yesOrNo } from '../../core/config/schema-parts.ts';
import type { JsonField, JsonFormatDeclaration, Template } from '../json/declaration.ts';

/** A field that a payload is the value of. */
export interface PlainField extends Pick<JsonField, 'kind' | 'unit'> {
  /** What `field` gives for it; its own name when absent. */
  readonly of?: string;
}

export interface PlainValueDeclaration<Topic extends string>
  extends Pick<JsonFormatDeclaration<Topic>, 'name' | 'topic' | 'entity' | 'tags'> {
  /** Which of several fields a payload is of, by the topic: `'{quantity}'`. */
  readonly field?: Template<Topic>;
  readonly fields: Readonly<Record<string, PlainField>>;
  /** Payloads that are true or false, beside on, off, true and false in any case: `{ open: true, closed: false }`. */
  readonly flags?: Readonly<Record<string, boolean>>;
  /** Payloads that say that there is no value: set aside, counted as filtered. */
  readonly absent?: readonly string[];
  /** The decimal mark of numbers; a point by default. */
  readonly decimal?: '.' | ',';
}

const placeholders = aText('a text, with placeholders in braces');

const schema = exactly(
  {
    name: aText('a name').optional(),
    topic: aText('an MQTT topic with {placeholders}').optional(),
    entity: exactly({ type: placeholders, id: placeholders }, '{ type, id }'),
    tags: z.record(z.string(), placeholders, { error: 'texts by tag' }).optional(),
    field: placeholders.optional(),
    fields: z.record(
      z.string(),
      exactly({
        of: aText('a text that `field` gives').optional(),
        kind: z
          .enum(['number', 'flag', 'text', 'decimal'], { error: 'number, flag, text or decimal' })
          .optional(),
        unit: aText('a UCUM code').optional(),
      }),
      { error: 'fields by name, as { temperature: { unit: "Cel" } }' },
    ),
    flags: z.record(z.string(), yesOrNo, { error: 'true or false by payload' }).optional(),
    absent: z.array(z.string({ error: 'a payload' }), { error: 'a list of payloads' }).optional(),
    decimal: z.enum(['.', ','], { error: "'.' or ','" }).optional(),
  },
  'a declaration, as plainValue({ topic, entity, fields })',
);

export function plainValueFaults(declaration: unknown): readonly Fault[] {
  const list = new FaultList();
  const parsed = list.parse([], schema, declaration);
  const names = Object.keys(parsed?.fields ?? {});
  if (parsed !== undefined && parsed.field === undefined && names.length !== 1)
    list.add(['field'], "a placeholder that tells the fields apart, as '{quantity}'", undefined);
  return list.faults;
}
