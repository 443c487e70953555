import { fieldOf, modelOf } from '../app/reference.ts';
import { sceneNow } from '../app/scene.ts';
import { theme } from '../app/theme.ts';
import type { LiveEntity } from '../live/world.ts';
import { colorAt } from '../map/color-scale.ts';
import { colorScales } from '../map/color-scales.ts';
import { TypeGlyph } from '../map/type-glyph.tsx';
import { Figure } from '../words/figure.tsx';
import { formatAge } from '../words/format-time.ts';
import { fieldLabelOf, mainFieldOf, nameOf, typeLabelOf } from '../words/name-of.ts';
import { stalenessOf } from '../words/staleness.ts';

/** Every row is as high, so that the place of each is known without drawing it. */
export const rowHeightPx = 48;

interface EntityRowProps {
  readonly entity: LiveEntity;
  readonly index: number;
  readonly count: number;
  readonly active: boolean;
  readonly onChoose: (index: number) => void;
}

export function EntityRow({ entity, index, count, active, onChoose }: EntityRowProps) {
  const nowMs = sceneNow();
  const model = modelOf(entity.entityType);
  const staleness = stalenessOf(entity, nowMs);
  const main = mainFieldOf(entity);
  const value = main === undefined ? undefined : entity.values.get(main);
  const field = main === undefined ? undefined : fieldOf(entity.entityType, main);
  const name = nameOf(entity);
  const words = [
    typeLabelOf(entity.entityType),
    ...(name === entity.entityId ? [] : [entity.entityId]),
    ...(model?.simulated ? ['simulated'] : []),
  ];
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the listbox around it has the keys.
    <div
      class={`row ${staleness}${active ? ' active' : ''}`}
      id={`row-${index}`}
      role="option"
      tabIndex={-1}
      aria-selected={active}
      aria-setsize={count}
      aria-posinset={index + 1}
      style={{ transform: `translateY(${index * rowHeightPx}px)` }}
      onClick={() => onChoose(index)}
    >
      <TypeGlyph model={model} color={colorOf(entity)} />
      <span class="row-name">
        <b>{name}</b>
        <small>{words.join(' · ')}</small>
      </span>
      <span
        class="row-value"
        title={main === undefined ? '' : fieldLabelOf(entity.entityType, main)}
      >
        {value === undefined ? (
          <span class="quiet">no value</span>
        ) : (
          <span>
            <Figure value={value} field={field} />
          </span>
        )}
        <small>{formatAge(entity.observedAtMs, nowMs)}</small>
      </span>
    </div>
  );
}

function colorOf(entity: LiveEntity): string | undefined {
  const scale = colorScales.get().get(entity.entityType);
  const value = scale && entity.values.get(scale.field.name);
  return scale && typeof value === 'number' ? colorAt(scale, value, theme.get()) : undefined;
}
