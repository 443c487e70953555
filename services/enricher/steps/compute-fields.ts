import type { ComputeStep, Models } from '../../../core/config/pipeline.ts';
import type { FieldRules, FieldValue } from '../field-rules.ts';
import { hearOut, ruleThrew } from '../run-rule.ts';
import { setFields } from '../set-fields.ts';
import type { Step } from '../step.ts';

/** Sets what the user's functions compute, all of them from the reading as it came to this step; then checked. */
export function computeFields(
  rule: ComputeStep<Models, string>,
  rules: FieldRules,
  folder: string,
): Step {
  const functions = Object.entries(rule.set);
  return (reading) => {
    const values: [string, FieldValue][] = [];
    try {
      for (const [name, compute] of functions) {
        const value = compute?.(reading as never);
        if (typeof value === 'object') hearOut(value);
        if (value !== undefined) values.push([name, value]);
      }
    } catch (error) {
      return ruleThrew(rule.name, folder, error);
    }
    return values.length === 0 ? { kind: 'ok', reading } : setFields(reading, rules, values);
  };
}
