import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useObservable, useTick } from '../app/observable.ts';
import { adjust, goTo, pageAddress } from '../app/page-address.ts';
import { reference } from '../app/reference.ts';
import { scene } from '../app/scene.ts';
import { formatCount } from '../words/format-number.ts';
import { entitiesFor } from './entities-for.ts';
import { EntityRow, rowHeightPx } from './entity-row.tsx';
import { SearchField } from './search-field.tsx';
import { TypeFilter } from './type-filter.tsx';

/** Rows above and below the visible ones that are kept ready. */
const spareRows = 6;

/** All entities; only the rows in view exist, however many there are. */
export function EntityList() {
  useTick(500);
  const { type, search } = useObservable(pageAddress);
  const { world } = useObservable(scene);
  const { models, shapes } = useObservable(reference);
  const entities = useMemo(
    () => entitiesFor(world, type, search),
    [world, type, search, models, shapes, world.population],
  );
  const [active, setActive] = useState(-1);
  const [scroll, setScroll] = useState({ top: 0, height: 800 });
  const box = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = () => setScroll({ top: element.scrollTop, height: element.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener('scroll', measure, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', measure);
    };
  }, []);

  const moveTo = (index: number) => {
    const next = Math.min(entities.length - 1, Math.max(0, index));
    setActive(next);
    const element = box.current;
    if (!element) return;
    const top = next * rowHeightPx;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + rowHeightPx > element.scrollTop + element.clientHeight) {
      element.scrollTop = top + rowHeightPx - element.clientHeight;
    }
  };
  const choose = (index: number) => {
    const entity = entities[index];
    if (entity) goTo({ entity: entity.key, field: null });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor(scroll.height / rowHeightPx) - 1);
    const moves: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: entities.length - 1,
    };
    const to = moves[event.key];
    if (to !== undefined) {
      event.preventDefault();
      moveTo(to);
    } else if (event.key === 'Enter' && active >= 0) choose(active);
  };

  const first = Math.max(0, Math.floor(scroll.top / rowHeightPx) - spareRows);
  const last = Math.min(
    entities.length,
    Math.ceil((scroll.top + scroll.height) / rowHeightPx) + spareRows,
  );
  return (
    <section class="list" aria-label="Entities">
      <div class="list-head">
        <SearchField
          value={search}
          onChange={(text) => adjust({ search: text })}
          onLeave={() => {
            box.current?.focus();
            if (active < 0) moveTo(0);
          }}
        />
        <TypeFilter world={world} chosen={type} onChoose={(next) => adjust({ type: next })} />
      </div>
      <div
        class="rows"
        ref={box}
        role="listbox"
        aria-label={`${formatCount(entities.length)} entities`}
        tabIndex={0}
        aria-activedescendant={active >= 0 ? `row-${active}` : undefined}
        onKeyDown={onKeyDown}
      >
        <div class="rows-space" style={{ height: `${entities.length * rowHeightPx}px` }}>
          {entities.slice(first, last).map((entity, offset) => (
            <EntityRow
              key={entity.key}
              entity={entity}
              index={first + offset}
              count={entities.length}
              active={first + offset === active}
              onChoose={choose}
            />
          ))}
        </div>
        {entities.length === 0 && (
          <p class="quiet nothing-found">
            {search === '' ? 'No entity of this type yet.' : `Nothing fits “${search}”.`}{' '}
            <button type="button" class="link" onClick={() => adjust({ search: '', type: null })}>
              Show all
            </button>
          </p>
        )}
      </div>
    </section>
  );
}
