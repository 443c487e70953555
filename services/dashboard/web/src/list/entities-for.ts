import type { LiveEntity, World } from '../live/world.ts';
import { nameOf, typeLabelOf } from '../words/name-of.ts';

const collator = new Intl.Collator(undefined, { numeric: true });

/** Entities that fit the type and every word of the search, by type and name. */
export function entitiesFor(world: World, type: string | null, search: string): LiveEntity[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const found: { entity: LiveEntity; name: string; label: string }[] = [];
  for (const entity of world.all()) {
    if (type !== null && entity.entityType !== type) continue;
    const name = nameOf(entity);
    const label = typeLabelOf(entity.entityType);
    if (words.length > 0) {
      const tags = Object.values(entity.tags).join(' ');
      const text = `${name} ${entity.key} ${label} ${tags}`.toLowerCase();
      if (!words.every((word) => text.includes(word))) continue;
    }
    found.push({ entity, name, label });
  }
  found.sort(
    (a, b) =>
      collator.compare(a.label, b.label) ||
      collator.compare(a.name, b.name) ||
      collator.compare(a.entity.entityId, b.entity.entityId),
  );
  return found.map(({ entity }) => entity);
}
