import { z } from 'zod';
import type { Fault } from '../../core/config/fault.ts';
import { oneOf } from '../../core/config/fault.ts';
import { FaultList } from '../../core/config/fault-list.ts';
import { exactly } from '../../core/config/schema-parts.ts';
import { isTimeZone } from '../../core/time.ts';

const aText = (expected: string) => z.string({ error: expected }).min(1, { error: expected });
const path = aText('a JSONPath');
const template = aText('a text, with placeholders in braces');
const yesOrNo = z.boolean({ error: 'true or false' }).optional();

const timeUnits = ['s', 'ms', 'us', 'ns', 'rfc3339'];
const localTime = exactly({
  local: z.string({ error: 'a zone' }).refine(isTimeZone, {
    error: 'a zone of the tz database, as Europe/Helsinki',
  }),
  doubled: z.enum(['earlier', 'later'], { error: 'earlier or later' }).optional(),
});
const countedTime = z.custom<string>((unit) => timeUnits.includes(unit as string), {
  error: (issue) => `${oneOf(timeUnits, String(issue.input))}, or { local: 'a zone' }`,
});

const isObject = (value: unknown) => typeof value === 'object' && value !== null;
/** One of two schemas by whether the value is an object: a plain union would hide which key is wrong. */
export const byShape = <A extends z.ZodType, B extends z.ZodType>(ofObject: A, ofOther: B) =>
  z.unknown().superRefine((value, context) => {
    const parsed = (isObject(value) ? ofObject : ofOther).safeParse(value);
    for (const issue of parsed.error?.issues ?? [])
      context.addIssue({ code: 'custom', path: [...issue.path], message: issue.message });
  });

const field = exactly({
  path,
  kind: z
    .enum(['number', 'flag', 'text', 'decimal'], { error: 'number, flag, text or decimal' })
    .optional(),
  unit: aText('a UCUM code').optional(),
  null: z.enum(['absent', 'unset'], { error: 'absent or unset' }).optional(),
  required: yesOrNo,
});

const declaration = exactly(
  {
    name: aText('a name').optional(),
    topic: aText('an MQTT topic with {placeholders}').optional(),
    each: path.optional(),
    when: z.record(z.string(), z.unknown(), { error: 'values by path' }).optional(),
    entity: exactly({ type: template, id: template }, '{ type, id }'),
    time: exactly({ path, unit: byShape(localTime, countedTime), optional: yesOrNo }).optional(),
    fields: z.record(z.string(), byShape(field, path), { error: 'paths by field' }),
    tags: z.record(z.string(), template, { error: 'texts by tag' }).optional(),
    position: exactly({ lat: path, lon: path, altitude: path.optional() }).optional(),
    id: path.optional(),
  },
  'a mapping, as json({ topic, entity, fields })',
);

/** What a mapping takes. */
export const mappingKeys: readonly string[] = Object.keys(declaration.shape);

/** What types see in an editor, for configurations in plain JavaScript too. */
export function shapeFaults(value: unknown): readonly Fault[] {
  const list = new FaultList();
  list.parse([], declaration, value);
  return list.faults;
}
