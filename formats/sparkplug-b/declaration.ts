import { z } from 'zod';
import { type Fault, oneOf } from '../../core/config/fault.ts';
import { FaultList } from '../../core/config/fault-list.ts';
import { hasFieldNameShape } from '../../core/config/field-name.ts';
import { aText, aTextThat, exactly } from '../../core/config/schema-parts.ts';
import { entityTypePattern } from '../../core/entity-type.ts';
import type { FieldKind } from '../../core/model.ts';

/** A metric, and what its values become. */
export interface SparkplugField {
  /** The metric's name, as the birth has it: `Inputs/A`. */
  readonly metric: string;
  /** `decimal` for an Int64 or UInt64 that may pass 2^53. The kind of the value itself when absent. */
  readonly kind?: Exclude<FieldKind, 'tag'>;
  /** UCUM code of the numbers as the metric gives them. */
  readonly unit?: string;
}

/** The entity that an edge node, or a device, becomes. `{group}`, `{node}` and `{device}` stand for parts of the topic. */
export interface SparkplugEntity {
  /** `edge-node` or `device` when absent. */
  readonly type?: string;
  /** `{group}/{node}` or `{group}/{node}/{device}` when absent. */
  readonly id?: string;
  /** Field -> metric. When absent every metric is taken: `Supply Voltage` becomes `supplyVoltage`. */
  readonly fields?: Readonly<Record<string, string | SparkplugField>>;
  /** Tag -> text with placeholders. */
  readonly tags?: Readonly<Record<string, string>>;
}

export interface SparkplugDevice extends SparkplugEntity {
  /** The device ids that it is for; `*` stands for any characters. All when absent. */
  readonly named?: string;
}

export interface SparkplugBOptions {
  /** Group ids to subscribe to; all when absent. */
  readonly groups?: readonly string[];
  /** When absent a node is an `edge-node` of which only `online` is taken. */
  readonly node?: SparkplugEntity;
  /** Of several the first that is for a device counts; a device that none is for is set aside. */
  readonly devices?: SparkplugEntity | readonly SparkplugDevice[];
  /** The flag that births set and deaths clear, `online` when absent; false: no such flag. */
  readonly online?: string | false;
  /**
   * A node is asked for its births once in so many of its messages at most; 100 when absent. False: never, for a broker
   * where we may not publish.
   */
  readonly rebirthEvery?: number | false;
}

const kinds = ['number', 'flag', 'text', 'decimal'];
const aFieldName = aTextThat(
  'a field name of up to 64 letters, digits and underscores that begins with a letter',
  hasFieldNameShape,
);

const template = (names: readonly string[]) =>
  aTextThat(`a text with ${names.map((name) => `{${name}}`).join(', ')}`, (text) =>
    [...text.matchAll(/\{([^{}]*)\}/g)].every(([, name]) => names.includes(name ?? '')),
  );

const field = exactly({
  metric: aText("a metric's name"),
  kind: z
    .custom<string>((kind) => kinds.includes(kind as string), {
      error: (issue) => oneOf(kinds, String(issue.input)),
    })
    .optional(),
  unit: aText('a UCUM code').optional(),
});

const entityShape = (names: readonly string[]) => ({
  type: aTextThat('an entity type like pump', (text) => entityTypePattern.test(text)).optional(),
  id: template(names).optional(),
  fields: z
    .record(
      aFieldName,
      z.unknown().superRefine((value, context) => {
        const schema =
          typeof value === 'object' && value !== null ? field : aText("a metric's name");
        for (const issue of schema.safeParse(value).error?.issues ?? [])
          context.addIssue({ code: 'custom', path: [...issue.path], message: issue.message });
      }),
      { error: 'metrics by field' },
    )
    .optional(),
  tags: z.record(aFieldName, template(names), { error: 'texts by tag' }).optional(),
});

const node = exactly(entityShape(['group', 'node']));
const device = exactly({
  ...entityShape(['group', 'node', 'device']),
  named: aText('a device id, with * for any characters').optional(),
});
const group = aTextThat('a group id: no /, + or #', (text) => text !== '' && !/[/+#]/.test(text));

const declaration = exactly(
  {
    groups: z
      .array(group, { error: 'a list of group ids' })
      .min(1, { error: 'at least one group' })
      .optional(),
    node: node.optional(),
    devices: z
      .unknown()
      .superRefine((value, context) => {
        const schema = Array.isArray(value) ? z.array(device) : device;
        for (const issue of schema.safeParse(value).error?.issues ?? [])
          context.addIssue({ code: 'custom', path: [...issue.path], message: issue.message });
      })
      .optional(),
    online: z.union([aFieldName, z.literal(false)], { error: 'a field name, or false' }).optional(),
    rebirthEvery: z
      .custom<number | false>(
        (every) => every === false || (Number.isSafeInteger(every) && Number(every) >= 1),
        { error: 'a whole number of messages, or false' },
      )
      .optional(),
  },
  'options of sparkplugB({...})',
);

/** What is wrong with a declaration; configurations in plain JavaScript have no types to say so. */
export function declarationFaults(options: unknown): readonly Fault[] {
  const list = new FaultList();
  list.parse([], declaration, options);
  return list.faults;
}
