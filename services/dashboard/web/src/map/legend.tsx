import type { ApiModel } from '../../../api-types.ts';
import { useObservable, useTick } from '../app/observable.ts';
import { reference } from '../app/reference.ts';
import { scene } from '../app/scene.ts';
import { type Theme, theme } from '../app/theme.ts';
import { formatCount } from '../words/format-number.ts';
import { formatValue, unitOf } from '../words/format-value.ts';
import { typeLabelOf } from '../words/name-of.ts';
import type { ColorScale } from './color-scale.ts';
import { colorScales } from './color-scales.ts';
import { paletteStops } from './palette.ts';
import { TypeGlyph } from './type-glyph.tsx';

/** What the marks on the map mean: for each type with entities its mark, and the scale of its colours. */
export function Legend() {
  useTick(2000);
  const { models } = useObservable(reference);
  const scales = useObservable(colorScales);
  const shown = useObservable(theme);
  const counts = new Map<string, number>();
  for (const { entityType } of scene.get().world.all()) {
    counts.set(entityType, (counts.get(entityType) ?? 0) + 1);
  }
  const present = [...models.values()].filter(({ entityType }) => counts.has(entityType));
  if (present.length === 0) return null;
  return (
    <section class="legend" aria-label="Legend">
      {present.map((model) => (
        <LegendEntry
          key={model.entityType}
          model={model}
          count={counts.get(model.entityType) ?? 0}
          scale={scales.get(model.entityType)}
          theme={shown}
        />
      ))}
    </section>
  );
}

interface LegendEntryProps {
  readonly model: ApiModel;
  readonly count: number;
  readonly scale: ColorScale | undefined;
  readonly theme: Theme;
}

function LegendEntry({ model, count, scale, theme: shown }: LegendEntryProps) {
  return (
    <div class="legend-entry">
      <div class="legend-head">
        <TypeGlyph model={model} />
        <span>{typeLabelOf(model.entityType)}</span>
        {model.simulated && <span class="badge">simulated</span>}
        <span class="count">{formatCount(count)}</span>
      </div>
      {scale && (
        <div class="legend-scale">
          <div
            class="legend-bar"
            style={{ backgroundImage: paletteStops(shown, scale.outstanding) }}
          />
          <div class="legend-ticks">
            <span>{formatValue(scale.low, scale.field)}</span>
            <span>
              {scale.field.label || scale.field.name}
              {unitOf(scale.field) === '' ? '' : `, ${unitOf(scale.field)}`}
            </span>
            <span>{formatValue(scale.high, scale.field)}</span>
          </div>
        </div>
      )}
    </div>
  );
}
