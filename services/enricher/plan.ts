import type { AnyStep, Pipeline } from '../../core/config/pipeline.ts';
import { converter } from '../../core/units.ts';
import { type FieldRules, fieldRules } from './field-rules.ts';
import type { Step } from './step.ts';
import { computeFields } from './steps/compute-fields.ts';
import { type Conversions, convertUnits } from './steps/convert-units.ts';
import { dropRepeats } from './steps/drop-repeats.ts';
import { filterByRule } from './steps/filter-by-rule.ts';
import { joinRegister, type LookUp } from './steps/join-register.ts';
import { numberInTime } from './steps/number-in-time.ts';
import { refuseFuture } from './steps/refuse-future.ts';
import { refuseUnknownModel, validateModel } from './steps/validate-model.ts';

/** The steps that a reading of this source and type goes through, in order. */
export type Plan = (source: string, entityType: string) => readonly Step[];

/**
 * The configuration as lists of steps, one for each source and entity type, made once.
 * Throws `CONFIG_INVALID` where a unit cannot be converted.
 */
export function makePlan(pipeline: Pipeline, lookUp: LookUp): Plan {
  const first = [refuseFuture(pipeline.maxFutureMs), dropRepeats];
  const withoutModel = [...first, refuseUnknownModel(Object.keys(pipeline.models))];
  const withoutSource = new Map<string, readonly Step[]>();
  const bySource = new Map<string, Map<string, readonly Step[]>>();
  for (const [entityType, model] of Object.entries(pipeline.models)) {
    const rules = fieldRules(entityType, model);
    const last = [
      validateModel(rules),
      ...pipeline.steps
        .filter((step) => step.entityType === entityType)
        .map((step) => declaredStep(step, rules, { lookUp, folder: pipeline.folder })),
      numberInTime,
    ];
    withoutSource.set(entityType, [...first, ...last]);
    for (const source of Object.keys(pipeline.sources)) {
      const conversions = conversionsOf(pipeline, source, rules);
      const steps = conversions.size === 0 ? last : [convertUnits(conversions), ...last];
      const byType = bySource.get(source) ?? new Map<string, readonly Step[]>();
      bySource.set(source, byType.set(entityType, [...first, ...steps]));
    }
  }
  return (source, entityType) =>
    (bySource.get(source) ?? withoutSource).get(entityType) ?? withoutModel;
}

function declaredStep(
  step: AnyStep,
  rules: FieldRules,
  around: { readonly lookUp: LookUp; readonly folder: string },
): Step {
  switch (step.step) {
    case 'join':
      return joinRegister(step, rules, around);
    case 'filter':
      return filterByRule(step, around.folder);
    case 'compute':
      return computeFields(step, rules, around.folder);
  }
}

function conversionsOf(pipeline: Pipeline, source: string, rules: FieldRules): Conversions {
  const conversions = new Map<string, (value: number) => number>();
  const units = pipeline.sources[source]?.format.units?.[rules.entityType] ?? {};
  for (const [name, from] of Object.entries(units)) {
    const field = rules.fields.get(name);
    if (field?.kind !== 'number' || field.unit === undefined || field.unit === from) continue;
    conversions.set(name, converter(from, field.unit));
  }
  return conversions;
}
