import { z } from 'zod';
import { type Fault, oneOf } from '../../core/config/fault.ts';
import { FaultList } from '../../core/config/fault-list.ts';
import { hasFieldNameShape } from '../../core/config/field-name.ts';
import { aTextThat, exactly } from '../../core/config/schema-parts.ts';
import { entityTypePattern } from '../../core/entity-type.ts';
import type { FieldKind } from '../../core/model.ts';
import { expectedUnit, isUnit } from '../../core/units.ts';

/** A property, and what its values become. */
export interface HomieField {
  /** `node/property`; `+` stands for any node. */
  readonly property: string;
  /** `decimal` for integers beyond 2^53. By the property's `$datatype` when absent. */
  readonly kind?: Exclude<FieldKind, 'tag'>;
  /** UCUM code: numbers are converted to it from the property's `$unit`, where that is known. */
  readonly unit?: string;
}

export interface HomieOptions {
  /** `homie` when absent. */
  readonly baseTopic?: string;
  /** `homie-device` with the id `{device}` when absent; `{device}/{node}` makes each node an entity. */
  readonly entity?: { readonly type?: string; readonly id?: string };
  /** Field -> `node/property`. When absent every property is taken: `engine/temperature` becomes `engineTemperature`. */
  readonly fields?: Readonly<Record<string, string | HomieField>>;
  /** The flag that `$state` sets and clears, `online` when absent; false: no such flag. */
  readonly online?: string | false;
  /** A text field for `$state` itself; none when absent. */
  readonly state?: string;
}

const kinds = ['number', 'flag', 'text', 'decimal'];
const aFieldName = aTextThat(
  'a field name of up to 64 letters, digits and underscores that begins with a letter',
  hasFieldNameShape,
);
const property = aTextThat('node/property, with + for any node', (text) =>
  /^(?:\+|[^/+#$]+)\/[^/+#$]+$/.test(text),
);
const field = exactly({
  property,
  kind: z
    .custom<string>((kind) => kinds.includes(kind as string), {
      error: (issue) => oneOf(kinds, String(issue.input)),
    })
    .optional(),
  unit: z
    .custom<string>((unit) => typeof unit === 'string' && isUnit(unit), {
      error: (issue) => expectedUnit(String(issue.input)),
    })
    .optional(),
});

const declaration = exactly(
  {
    baseTopic: aTextThat('a topic without wildcards, not ending in a slash', (text) =>
      /^[^+#]*[^+#/]$/.test(text),
    ).optional(),
    entity: exactly({
      type: aTextThat('an entity type like lamp', (text) =>
        entityTypePattern.test(text),
      ).optional(),
      id: aTextThat('a text with {device}, and {node} where each node is an entity', (text) =>
        [...text.matchAll(/\{([^{}]*)\}/g)].every(([, name]) => /^(device|node)$/.test(name ?? '')),
      ).optional(),
    }).optional(),
    fields: z
      .record(
        aFieldName,
        z.unknown().superRefine((value, context) => {
          const schema = typeof value === 'object' && value !== null ? field : property;
          for (const issue of schema.safeParse(value).error?.issues ?? [])
            context.addIssue({ code: 'custom', path: [...issue.path], message: issue.message });
        }),
        { error: 'properties by field' },
      )
      .optional(),
    online: z.union([aFieldName, z.literal(false)], { error: 'a field name, or false' }).optional(),
    state: aFieldName.optional(),
  },
  'options of homie({...})',
);

/** What is wrong with a declaration; configurations in plain JavaScript have no types to say so. */
export function homieFaults(options: unknown): readonly Fault[] {
  const list = new FaultList();
  list.parse([], declaration, options);
  return list.faults;
}
