import type { DeadLetterOutcome } from '../../core/outcome.ts';
import type { Reading } from '../../core/reading.ts';
import {
  type FieldRules,
  type FieldValue,
  fault,
  fieldFault,
  placeOfKind,
  unknownField,
} from './field-rules.ts';

const typeOfKind = {
  number: 'number',
  flag: 'boolean',
  text: 'string',
  decimal: 'string',
  tag: 'string',
} as const;

/**
 * The reading with these fields set, each in its place and checked against the model, or the first fault.
 * A field that is set is no longer one that the sender cleared.
 */
export function setFields(
  reading: Reading,
  rules: FieldRules,
  values: Iterable<readonly [name: string, value: FieldValue]>,
): { readonly kind: 'ok'; readonly reading: Reading } | DeadLetterOutcome {
  let numbers: Record<string, number> | undefined;
  let flags: Record<string, boolean> | undefined;
  let texts: Record<string, string> | undefined;
  let tags: Record<string, string> | undefined;
  let { unset } = reading;
  for (const [name, value] of values) {
    const field = rules.fields.get(name);
    if (field === undefined) return unknownField(rules, name);
    if (typeof value !== typeOfKind[field.kind]) {
      return fault(
        'field-kind',
        name,
        `The field ${rules.entityType}.${name} should be a ${field.kind}`,
        value,
      );
    }
    const place = placeOfKind[field.kind];
    const wrong = fieldFault(rules, place, name, value);
    if (wrong) return wrong;
    if (place === 'numbers') {
      numbers ??= { ...reading.numbers };
      numbers[name] = value as number;
    } else if (place === 'flags') {
      flags ??= { ...reading.flags };
      flags[name] = value as boolean;
    } else if (place === 'texts') {
      texts ??= { ...reading.texts };
      texts[name] = value as string;
    } else {
      tags ??= { ...reading.tags };
      tags[name] = value as string;
    }
    if (unset.length > 0 && unset.includes(name)) unset = unset.filter((other) => other !== name);
  }
  return {
    kind: 'ok',
    reading: {
      ...reading,
      numbers: numbers ?? reading.numbers,
      flags: flags ?? reading.flags,
      texts: texts ?? reading.texts,
      tags: tags ?? reading.tags,
      unset,
    },
  };
}
