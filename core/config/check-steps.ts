import type { CheckedModel, CheckedModels } from './check-models.ts';
import { oneOf } from './fault.ts';
import type { FaultList } from './fault-list.ts';
import { stepSchema } from './pipeline-schema.ts';

/** Types see most of this already; a configuration in plain JavaScript, or one with a cast, has only this. */
export function checkSteps(
  steps: readonly unknown[],
  models: CheckedModels,
  registers: readonly string[],
  list: FaultList,
): void {
  const ruleNames = new Set<string>();
  for (const [index, declaration] of steps.entries()) {
    const path = ['steps', index];
    const step = list.parse(path, stepSchema, declaration);
    if (step === undefined) continue;
    if (!models.has(step.entityType))
      list.add(
        [...path, 'entityType'],
        `an entity type that has a model: ${oneOf([...models.keys()], step.entityType)}`,
        step.entityType,
      );
    if (step.step === 'join' && !registers.includes(step.register))
      list.add(
        [...path, 'register'],
        `a register: ${oneOf(registers, step.register)}`,
        step.register,
      );
    if (step.step !== 'join') {
      if (ruleNames.has(step.name))
        list.add([...path, 'name'], 'a name that no other rule has', step.name);
      ruleNames.add(step.name);
    }
    if ('set' in step)
      checkFieldNames([...path, 'set'], step.set, models.get(step.entityType), list);
  }
}

function checkFieldNames(
  path: readonly PropertyKey[],
  set: Readonly<Record<string, unknown>> | undefined,
  model: CheckedModel | undefined,
  list: FaultList,
): void {
  if (set === undefined || model === undefined) return;
  const fields = [...model.fields.keys()];
  for (const name of Object.keys(set))
    if (!fields.includes(name))
      list.add([...path, name], `a field of the model: ${oneOf(fields, name)}`, name);
}
