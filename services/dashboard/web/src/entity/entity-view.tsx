import { Icon } from '../app/icon.tsx';
import { useObservable, useTick } from '../app/observable.ts';
import { adjust, pageAddress } from '../app/page-address.ts';
import { modelOf, reference } from '../app/reference.ts';
import { scene, sceneNow } from '../app/scene.ts';
import { FieldChart } from '../chart/field-chart.tsx';
import type { LiveEntity } from '../live/world.ts';
import { formatAge, formatTime } from '../words/format-time.ts';
import { mainFieldOf } from '../words/name-of.ts';
import { stalenessOf, staleSentence } from '../words/staleness.ts';
import { CurrentValue } from './current-value.tsx';
import { EntityFacts } from './entity-facts.tsx';
import { EntityHead } from './entity-head.tsx';
import { EntityValues } from './entity-values.tsx';

/** The chosen entity: its value now, that value's way here, all other values, and where it is. */
export function EntityView({ entityKey }: { readonly entityKey: string }) {
  useTick(250);
  const { field } = useObservable(pageAddress);
  const { world, atMs } = useObservable(scene);
  useObservable(reference);
  const entity = world.get(entityKey);
  if (!entity) return <UnknownEntity entityKey={entityKey} past={atMs !== null} />;
  const shown = field ?? mainFieldOf(entity);
  const nowMs = sceneNow();
  return (
    <section class="entity" aria-label={`${entity.entityType} ${entity.entityId}`}>
      <EntityHead entity={entity} />
      <div class="entity-body">
        <StaleNotice entity={entity} nowMs={nowMs} />
        {shown !== undefined && (
          <>
            <CurrentValue entity={entity} fieldName={shown} nowMs={nowMs} />
            {isCharted(entity, shown) && (
              <FieldChart key={`${entity.key} ${shown}`} entity={entity} fieldName={shown} />
            )}
          </>
        )}
        <EntityValues
          entity={entity}
          shown={shown}
          nowMs={nowMs}
          onChoose={(name) => adjust({ field: name })}
        />
        <EntityFacts entity={entity} nowMs={nowMs} />
      </div>
    </section>
  );
}

function isCharted(entity: LiveEntity, name: string): boolean {
  const kind = modelOf(entity.entityType)?.fields.find((field) => field.name === name)?.kind;
  return kind === 'decimal' || typeof entity.values.get(name) !== 'string';
}

function StaleNotice({ entity, nowMs }: { readonly entity: LiveEntity; readonly nowMs: number }) {
  if (stalenessOf(entity, nowMs) === 'fresh') return null;
  return (
    <p class="notice warning" role="status">
      <Icon name="warning" />
      <span>
        {staleSentence(entity, nowMs)} The last was {formatAge(entity.observedAtMs, nowMs)}, at{' '}
        {formatTime(entity.observedAtMs, nowMs)}.
      </span>
    </p>
  );
}

function UnknownEntity({
  entityKey,
  past,
}: {
  readonly entityKey: string;
  readonly past: boolean;
}) {
  const slash = entityKey.indexOf('/');
  const entity = {
    entityType: entityKey.slice(0, Math.max(0, slash)),
    entityId: entityKey.slice(slash + 1),
    values: new Map(),
  };
  return (
    <section class="entity">
      <EntityHead entity={entity} />
      <p class="quiet">
        {past
          ? 'No reading of it from around this time.'
          : 'No reading of it has come yet. It will show here as soon as one does.'}
      </p>
    </section>
  );
}
