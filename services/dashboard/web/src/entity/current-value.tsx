import { fieldOf } from '../app/reference.ts';
import type { LiveEntity } from '../live/world.ts';
import { Figure } from '../words/figure.tsx';
import { formatAge, formatTime } from '../words/format-time.ts';
import { fieldLabelOf } from '../words/name-of.ts';

interface CurrentValueProps {
  readonly entity: LiveEntity;
  readonly fieldName: string;
  readonly nowMs: number;
}

/** The value that the chart is of, large. */
export function CurrentValue({ entity, fieldName, nowMs }: CurrentValueProps) {
  const field = fieldOf(entity.entityType, fieldName);
  const value = entity.values.get(fieldName);
  const timeMs = entity.times.get(fieldName);
  return (
    <div class="current">
      <span class="current-label">{fieldLabelOf(entity.entityType, fieldName)}</span>
      <span class={`current-value${typeof value === 'string' ? ' words' : ''}`}>
        {value === undefined ? 'no value' : <Figure value={value} field={field} />}
      </span>
      <span class="current-time">
        {timeMs === undefined ? '' : `${formatTime(timeMs, nowMs)} · ${formatAge(timeMs, nowMs)}`}
      </span>
    </div>
  );
}
