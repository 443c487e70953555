import type { ApiModel } from '../../../api-types.ts';
import { useObservable, useTick } from '../app/observable.ts';
import { reference } from '../app/reference.ts';
import { scene } from '../app/scene.ts';
import { type Theme, theme } from '../app/theme.ts';
import { formatCount, formatNumber } from '../words/format-number.ts';
import { toDisplay, unitOf } from '../words/format-value.ts';
import { typeLabelOf } from '../words/name-of.ts';
import type { ColorScale } from './color-scale.ts';
import { colorScales } from './color-scales.ts';
import { paletteStops } from './palette.ts';
import { TypeGlyph } from './type-glyph.tsx';

const narrow = window.matchMedia('(max-width: 719px)');

/** What the marks on the map mean: for each type with entities its mark, and the scale of its colours. */
export function Legend() {
  useTick(2000);
  const { models, pipeline } = useObservable(reference);
  const scales = useObservable(colorScales);
  const shown = useObservable(theme);
  const counts = new Map<string, number>();
  for (const { entityType } of scene.get().world.all()) {
    counts.set(entityType, (counts.get(entityType) ?? 0) + 1);
  }
  const present = [...models.values()].filter(({ entityType }) => counts.has(entityType));
  if (present.length === 0) return null;
  return (
    <details class="legend" open={!narrow.matches}>
      <summary>Legend</summary>
      {present.map((model) => (
        <LegendEntry
          key={model.entityType}
          model={model}
          count={counts.get(model.entityType) ?? 0}
          scale={scales.get(model.entityType)}
          theme={shown}
        />
      ))}
      {pipeline?.attribution && <p class="legend-attribution">{pipeline.attribution}</p>}
    </details>
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
      {scale && <LegendScale scale={scale} theme={shown} />}
    </div>
  );
}

function LegendScale({
  scale,
  theme: shown,
}: {
  readonly scale: ColorScale;
  readonly theme: Theme;
}) {
  const { field, low, high, outstanding } = scale;
  const unit = unitOf(field);
  // The ends were rounded in display units; what the way there and back leaves is cut off.
  const written = (value: number) => formatNumber(Number(toDisplay(value, field).toPrecision(6)));
  return (
    <div class="legend-scale">
      <div class="legend-words">
        {field.label || field.name}
        {unit === '' ? '' : `, ${unit}`}
      </div>
      <div class="legend-bar" style={{ backgroundImage: paletteStops(shown, outstanding) }} />
      <div class="legend-ticks">
        <span>{written(low)}</span>
        <span>{written(high)}</span>
      </div>
    </div>
  );
}
