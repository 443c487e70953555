import type { FieldDeclaration, ModelDeclaration } from '../../core/config/pipeline.ts';
import type { DeadLetterOutcome, DeadLetterReason } from '../../core/outcome.ts';

export type FieldValue = number | boolean | string;

/** A model, ready to check values with. */
export interface FieldRules {
  readonly entityType: string;
  readonly fields: ReadonlyMap<string, FieldDeclaration>;
}

export function fieldRules(entityType: string, model: ModelDeclaration): FieldRules {
  return { entityType, fields: new Map(Object.entries(model.fields)) };
}

/** Where a reading keeps values of a kind. */
export const placeOfKind = {
  number: 'numbers',
  flag: 'flags',
  text: 'texts',
  decimal: 'texts',
  tag: 'tags',
} as const;

export type Place = 'numbers' | 'flags' | 'texts' | 'tags';

const decimalPattern = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$/;

/** What is wrong with a value that stands (or shall stand) at `place` of a reading; undefined when nothing is. */
export function fieldFault(
  rules: FieldRules,
  place: Place,
  name: string,
  value: FieldValue,
): DeadLetterOutcome | undefined {
  const field = rules.fields.get(name);
  if (field === undefined) return unknownField(rules, name);
  if (placeOfKind[field.kind] !== place) {
    return fault(
      'field-kind',
      name,
      `The field ${rules.entityType}.${name} should be a ${field.kind}`,
      value,
    );
  }
  if (field.kind === 'number') return numberFault(rules, field, name, value as number);
  if (field.kind === 'decimal' && !decimalPattern.test(value as string)) {
    return fault(
      'field-kind',
      name,
      `The field ${rules.entityType}.${name} should be a decimal number`,
      value,
    );
  }
  return undefined;
}

function numberFault(
  rules: FieldRules,
  field: Extract<FieldDeclaration, { kind: 'number' }>,
  name: string,
  value: number,
): DeadLetterOutcome | undefined {
  if (!Number.isFinite(value)) {
    return fault(
      'number-not-finite',
      name,
      `The field ${rules.entityType}.${name} should be finite`,
      value,
    );
  }
  const unit = field.unit === undefined ? '' : ` ${field.unit}`;
  if (field.min !== undefined && value < field.min) {
    return fault(
      'out-of-range',
      name,
      `The field ${rules.entityType}.${name} should be at least ${field.min}${unit}`,
      value,
    );
  }
  if (field.max !== undefined && value > field.max) {
    return fault(
      'out-of-range',
      name,
      `The field ${rules.entityType}.${name} should be at most ${field.max}${unit}`,
      value,
    );
  }
  return undefined;
}

export function unknownField(rules: FieldRules, name: string): DeadLetterOutcome {
  return {
    kind: 'deadLetter',
    reason: 'field-unknown',
    detail: `The model ${rules.entityType} declares no field ${name}; it has ${[...rules.fields.keys()].join(', ') || 'none'}.`,
    place: name,
  };
}

/** `expected` ends without a full stop; what came is added, cut to a readable length. */
export function fault(
  reason: DeadLetterReason,
  place: string,
  expected: string,
  came: unknown,
): DeadLetterOutcome {
  return { kind: 'deadLetter', reason, detail: `${expected}; it is ${shown(came)}.`, place };
}

function shown(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}...` : value);
  }
  if (typeof value === 'object' && value !== null) {
    return value instanceof Promise ? 'a promise' : 'an object';
  }
  return typeof value === 'function' ? 'a function' : String(value);
}
