import { fieldOf, modelOf } from '../app/reference.ts';
import type { LiveEntity } from '../live/world.ts';
import { Figure } from '../words/figure.tsx';
import { formatAge } from '../words/format-time.ts';
import { fieldLabelOf } from '../words/name-of.ts';

interface EntityValuesProps {
  readonly entity: LiveEntity;
  /** The field whose chart is above. */
  readonly shown: string | undefined;
  readonly nowMs: number;
  readonly onChoose: (name: string) => void;
}

/** Every field, in the model's order, then those that no model names; one that has never come is left out. */
function fieldNames(entity: LiveEntity): string[] {
  const declared = modelOf(entity.entityType)?.fields ?? [];
  const names = declared.map(({ name }) => name).filter((name) => entity.values.has(name));
  const others = [...entity.values.keys()].filter((name) => !names.includes(name)).sort();
  return [...names, ...others];
}

export function EntityValues({ entity, shown, nowMs, onChoose }: EntityValuesProps) {
  const names = fieldNames(entity);
  if (names.length === 0) return null;
  return (
    <ul class="values" aria-label="Values">
      {names.map((name) => {
        const field = fieldOf(entity.entityType, name);
        const value = entity.values.get(name) ?? '';
        return (
          <li key={name}>
            <button
              type="button"
              class={name === shown ? 'shown' : ''}
              aria-pressed={name === shown}
              title="Show its chart"
              onClick={() => onChoose(name)}
            >
              <span class="value-label">{fieldLabelOf(entity.entityType, name)}</span>
              <span class="value-figure">
                <Figure value={value} field={field} />
              </span>
              <small class="value-age">
                {formatAge(entity.times.get(name) ?? entity.observedAtMs, nowMs)}
              </small>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
