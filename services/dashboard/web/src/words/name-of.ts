import { fieldOf, modelOf, reference } from '../app/reference.ts';
import type { LiveEntity } from '../live/world.ts';

/** Where a sender or a register puts what people call an entity. */
const nameFields = ['name', 'title', 'label', 'street'];

/** What people call the entity, where somebody says it; else its id. */
export function nameOf(entity: Pick<LiveEntity, 'entityType' | 'entityId' | 'values'>): string {
  for (const name of nameFields) {
    const value = entity.values.get(name);
    if (typeof value === 'string' && value !== '') return value;
  }
  const texts = reference.get().shapes.get(entity.entityType)?.get(entity.entityId)?.texts;
  for (const name of nameFields) {
    const value = texts?.[name];
    if (value) return value;
  }
  return entity.entityId;
}

/** The type in words: the model's label, else the type's own name. */
export const typeLabelOf = (entityType: string): string => {
  const label = modelOf(entityType)?.label ?? '';
  return label === '' ? entityType.replaceAll('-', ' ') : label;
};

export const fieldLabelOf = (entityType: string, name: string): string => {
  const label = fieldOf(entityType, name)?.label ?? '';
  return label === '' ? name : label;
};

/** The one value that stands for the entity in a list: the one that colours it, else its first number. */
export function mainFieldOf(entity: LiveEntity): string | undefined {
  const model = modelOf(entity.entityType);
  if (model?.colorField && entity.values.has(model.colorField)) return model.colorField;
  const declared = model?.fields.find(
    ({ name, kind }) => kind === 'number' && name !== model.headingField && entity.values.has(name),
  );
  if (declared) return declared.name;
  for (const name of entity.values.keys()) return name;
  return undefined;
}
