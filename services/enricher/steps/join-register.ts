import type { JoinStep, Models } from '../../../core/config/pipeline.ts';
import type { RegisterEntry } from '../../../core/model.ts';
import type { FieldRules, FieldValue } from '../field-rules.ts';
import { hearOut, ruleThrew } from '../run-rule.ts';
import { setFields } from '../set-fields.ts';
import type { Step } from '../step.ts';

export type LookUp = (register: string, key: string) => RegisterEntry | undefined;

/** Adds what a register knows of the entity. Without an entry the reading passes unjoined. */
export function joinRegister(
  join: JoinStep<Models, string>,
  rules: FieldRules,
  source: { readonly lookUp: LookUp; readonly folder: string },
): Step {
  const wanted = Object.entries(join.set ?? {}) as [field: string, entryField: string][];
  return (reading) => {
    let key: string;
    try {
      const given: unknown = join.key ? join.key(reading as never) : reading.entityId;
      hearOut(given);
      key = String(given);
    } catch (error) {
      return ruleThrew(`join ${join.register}`, source.folder, error);
    }
    const entry = source.lookUp(join.register, key);
    if (!entry) return { kind: 'ok', reading, unjoined: join.register };
    const values: [string, FieldValue][] = [];
    for (const [name, entryField] of wanted) {
      const value = entryValue(entry, entryField);
      if (value !== undefined) values.push([name, fitted(value, rules.fields.get(name)?.kind)]);
    }
    const joined =
      values.length === 0 ? { kind: 'ok' as const, reading } : setFields(reading, rules, values);
    if (joined.kind === 'deadLetter' || !join.position || entry.position === null) return joined;
    if (reading.position !== null) return joined;
    return { kind: 'ok', reading: { ...joined.reading, position: entry.position } };
  };
}

function entryValue(entry: RegisterEntry, field: string): FieldValue | undefined {
  const place = [entry.texts, entry.numbers, entry.flags].find((values) =>
    Object.hasOwn(values, field),
  );
  return place?.[field];
}

/** A CSV register holds texts only, and a number may well be a name: what can be said in the model's kind is. */
function fitted(value: FieldValue, kind: string | undefined): FieldValue {
  if (kind === 'number' && typeof value === 'string' && value.trim() !== '') {
    const number = Number(value);
    return Number.isNaN(number) ? value : number;
  }
  if (kind === 'flag' && (value === 'true' || value === 'false')) return value === 'true';
  return kind === 'text' || kind === 'tag' || kind === 'decimal' ? String(value) : value;
}
