import { fieldOf, modelOf } from '../app/reference.ts';
import { sceneNow } from '../app/scene.ts';
import type { LiveEntity } from '../live/world.ts';
import { formatAge } from '../words/format-time.ts';
import { formatWithUnit } from '../words/format-value.ts';
import { fieldLabelOf, mainFieldOf, nameOf, typeLabelOf } from '../words/name-of.ts';

interface HoverCardProps {
  readonly entity: LiveEntity;
  readonly x: number;
  readonly y: number;
}

export function HoverCard({ entity, x, y }: HoverCardProps) {
  const main = mainFieldOf(entity);
  const value = main === undefined ? undefined : entity.values.get(main);
  const simulated = modelOf(entity.entityType)?.simulated ?? false;
  return (
    <div class="hover-card" style={{ transform: `translate(${x + 14}px, ${y + 14}px)` }}>
      <strong>{nameOf(entity)}</strong>
      <span>
        {typeLabelOf(entity.entityType)}
        {simulated ? ', simulated' : ''}
      </span>
      {main !== undefined && value !== undefined && (
        <span>
          {fieldLabelOf(entity.entityType, main)}{' '}
          <b>{formatWithUnit(value, fieldOf(entity.entityType, main))}</b>
        </span>
      )}
      <span>{formatAge(entity.observedAtMs, sceneNow())}</span>
    </div>
  );
}
