import type { LiveEntity } from '../live/world.ts';
import { formatNumber } from '../words/format-number.ts';
import { formatAge } from '../words/format-time.ts';
import { fieldLabelOf } from '../words/name-of.ts';

interface EntityFactsProps {
  readonly entity: LiveEntity;
  readonly nowMs: number;
}

/** What isn't measured: tags, place, zones, where it comes from. */
export function EntityFacts({ entity, nowMs }: EntityFactsProps) {
  const { place, zones, tags } = entity;
  const address = `/api/v1/entities/${encodeURIComponent(entity.entityType)}/${encodeURIComponent(entity.entityId)}`;
  return (
    <dl class="facts">
      {Object.entries(tags).map(([name, value]) => (
        <Fact key={name} word={fieldLabelOf(entity.entityType, name)} value={value} />
      ))}
      {place && (
        <Fact
          word="Position"
          value={`${place.lat.toFixed(5)}°, ${place.lon.toFixed(5)}°${
            place.altitude === null ? '' : `, ${formatNumber(place.altitude)} m high`
          }`}
          note={formatAge(place.timeMs, nowMs)}
        />
      )}
      {zones.length > 0 && (
        <Fact word={zones.length === 1 ? 'Zone' : 'Zones'} value={zones.join(', ')} />
      )}
      {entity.source !== '' && <Fact word="Source" value={entity.source} />}
      <div>
        <dt>As JSON</dt>
        <dd>
          <a href={address} target="_blank" rel="noreferrer">
            {entity.key}
          </a>
        </dd>
      </div>
    </dl>
  );
}

interface FactProps {
  readonly word: string;
  readonly value: string;
  readonly note?: string;
}

function Fact({ word, value, note }: FactProps) {
  return (
    <div>
      <dt>{word}</dt>
      <dd>
        {value}
        {note !== undefined && <small> {note}</small>}
      </dd>
    </div>
  );
}
