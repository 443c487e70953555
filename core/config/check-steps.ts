import { z } from 'zod';
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
    const entityType = step?.entityType ?? entityTypeOf(declaration);
    if (entityType !== undefined && !models.has(entityType))
      list.add(
        [...path, 'entityType'],
        `an entity type that has a model: ${oneOf([...models.keys()], entityType)}`,
        entityType,
      );
    if (step === undefined) continue;
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

/** Of a step that has faults elsewhere. */
function entityTypeOf(declaration: unknown): string | undefined {
  const step = z.object({ entityType: z.string() }).safeParse(declaration);
  return step.success ? step.data.entityType : undefined;
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
