import { Icon } from '../app/icon.tsx';
import { goTo } from '../app/page-address.ts';
import { modelOf } from '../app/reference.ts';
import type { LiveEntity } from '../live/world.ts';
import { TypeGlyph } from '../map/type-glyph.tsx';
import { nameOf, typeLabelOf } from '../words/name-of.ts';

type Named = Pick<LiveEntity, 'entityType' | 'entityId' | 'values'>;

export function EntityHead({ entity }: { readonly entity: Named }) {
  const model = modelOf(entity.entityType);
  const name = nameOf(entity);
  return (
    <header class="entity-head">
      <button
        type="button"
        class="plain"
        aria-label="Back to the list"
        title="Back to the list (Esc)"
        onClick={() => goTo({ entity: null, field: null })}
      >
        <Icon name="back" />
      </button>
      <div>
        <h2>{name}</h2>
        <p>
          <TypeGlyph model={model} />
          {typeLabelOf(entity.entityType)}
          {name === entity.entityId ? '' : ` ${entity.entityId}`}
          {model?.simulated && <span class="badge">simulated</span>}
        </p>
      </div>
    </header>
  );
}
