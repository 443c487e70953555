import type { FieldDeclaration, Models } from '../config/pipeline.ts';
import { parseSpanMs } from '../config/span.ts';
import type { Model, ModelField } from '../model.ts';

/** The models of a configuration as they are published. What it leaves out gets its default here. */
export function toModels(models: Models): readonly Model[] {
  return Object.entries(models).map(([entityType, model]) => ({
    entityType,
    label: model.label ?? entityType,
    simulated: model.simulated ?? false,
    geometryRegister: model.geometry ?? null,
    colorField: model.colorBy ?? null,
    headingField: model.heading ?? null,
    usualIntervalMs:
      model.usualInterval === undefined ? null : (parseSpanMs(model.usualInterval) ?? null),
    fields: Object.entries(model.fields).map(([name, field]) => toField(name, field)),
  }));
}

function toField(name: string, field: FieldDeclaration): ModelField {
  const number = field.kind === 'number' ? field : undefined;
  const unit = field.kind === 'number' || field.kind === 'decimal' ? field.unit : undefined;
  return {
    name,
    kind: field.kind,
    label: field.label ?? name,
    unit: unit ?? null,
    displayUnit: number?.display ?? unit ?? null,
    min: number?.min ?? null,
    max: number?.max ?? null,
  };
}
