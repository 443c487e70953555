import type { World } from '../live/world.ts';
import { formatCount } from '../words/format-number.ts';
import { typeLabelOf } from '../words/name-of.ts';

interface TypeFilterProps {
  readonly world: World;
  readonly chosen: string | null;
  readonly onChoose: (type: string | null) => void;
}

export function TypeFilter({ world, chosen, onChoose }: TypeFilterProps) {
  const counts = new Map<string, number>();
  for (const { entityType } of world.all()) {
    counts.set(entityType, (counts.get(entityType) ?? 0) + 1);
  }
  if (counts.size < 2 && chosen === null) return null;
  const types = [...counts].sort(([a], [b]) => typeLabelOf(a).localeCompare(typeLabelOf(b)));
  return (
    <fieldset class="types" aria-label="Type">
      <button type="button" aria-pressed={chosen === null} onClick={() => onChoose(null)}>
        All <span class="count">{formatCount(world.size)}</span>
      </button>
      {types.map(([type, count]) => (
        <button
          type="button"
          key={type}
          aria-pressed={chosen === type}
          onClick={() => onChoose(chosen === type ? null : type)}
        >
          {typeLabelOf(type)} <span class="count">{formatCount(count)}</span>
        </button>
      ))}
    </fieldset>
  );
}
