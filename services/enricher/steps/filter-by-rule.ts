import type { FilterStep, Models } from '../../../core/config/pipeline.ts';
import { fault } from '../field-rules.ts';
import { hearOut, ruleThrew } from '../run-rule.ts';
import type { Step } from '../step.ts';

/** Keeps the readings that the user's rule keeps. `folder`: the configuration's, for the place of an error. */
export function filterByRule(rule: FilterStep<Models, string>, folder: string): Step {
  return (reading) => {
    let keep: unknown;
    try {
      keep = rule.keep(reading as never);
    } catch (error) {
      return ruleThrew(rule.name, folder, error);
    }
    if (keep === true) return { kind: 'ok', reading };
    if (keep === false) return { kind: 'drop', reason: 'filtered-by-rule', rule: rule.name };
    hearOut(keep);
    return fault(
      'rule-threw',
      rule.name,
      `The rule "${rule.name}" should say true or false of a reading`,
      keep,
    );
  };
}
