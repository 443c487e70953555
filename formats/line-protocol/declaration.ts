import { z } from 'zod';
import type { Fault } from '../../core/config/fault.ts';
import { FaultList } from '../../core/config/fault-list.ts';
import { aText, exactly, yesOrNo } from '../../core/config/schema-parts.ts';
import type { JsonField, JsonFormatDeclaration } from '../json/declaration.ts';
import { byShape } from '../json/declaration-schema.ts';

export interface LineProtocolField extends Omit<JsonField, 'path' | 'null'> {
  /** The field's key in the line; its own name when absent. */
  readonly field?: string;
}

export type TimePrecision = 's' | 'ms' | 'us' | 'ns';

export interface LineProtocolDeclaration<Topic extends string>
  extends Pick<JsonFormatDeclaration<Topic>, 'name' | 'topic'> {
  /** Lines of other measurements are set aside, counted as filtered; all are taken when absent. */
  readonly measurements?: readonly string[];
  /** Texts with placeholders: `{measurement}`, the key of a tag, those of the topic. */
  readonly entity: { readonly type: string; readonly id: string };
  /** Our field -> the line's; a text is the key alone. */
  readonly fields: Readonly<Record<string, LineProtocolField | string>>;
  readonly tags?: Readonly<Record<string, string>>;
  /** Keys of fields, in degrees and metres. */
  readonly position?: { readonly lat: string; readonly lon: string; readonly altitude?: string };
  /** What times count; nanoseconds when absent, as InfluxDB's own. */
  readonly precision?: TimePrecision;
}

const key = aText('a field’s key');
const placeholders = aText('a text, with placeholders in braces');

const schema = exactly(
  {
    name: aText('a name').optional(),
    topic: aText('an MQTT topic with {placeholders}').optional(),
    measurements: z.array(aText('a measurement'), { error: 'a list of measurements' }).optional(),
    entity: exactly({ type: placeholders, id: placeholders }, '{ type, id }'),
    fields: z.record(
      z.string(),
      byShape(
        exactly({
          field: key.optional(),
          kind: z
            .enum(['number', 'flag', 'text', 'decimal'], { error: 'number, flag, text or decimal' })
            .optional(),
          unit: aText('a UCUM code').optional(),
          required: yesOrNo.optional(),
        }),
        key,
      ),
      { error: 'fields by name' },
    ),
    tags: z.record(z.string(), placeholders, { error: 'texts by tag' }).optional(),
    position: exactly({ lat: key, lon: key, altitude: key.optional() }).optional(),
    precision: z.enum(['s', 'ms', 'us', 'ns'], { error: 's, ms, us or ns' }).optional(),
  },
  'a declaration, as lineProtocol({ entity, fields })',
);

export function lineProtocolFaults(declaration: unknown): readonly Fault[] {
  const list = new FaultList();
  list.parse([], schema, declaration);
  return list.faults;
}
