import { useRef, useState } from 'preact/hooks';
import type { ApiLedger } from '../../../api-types.ts';
import { EntityView } from '../entity/entity-view.tsx';
import { EntityList } from '../list/entity-list.tsx';
import { FirstRun } from './first-run.tsx';
import { useObservable, useTick } from './observable.ts';
import { pageAddress } from './page-address.ts';
import { feed, scene } from './scene.ts';

/** The right column, on a phone a sheet that is pulled up: the chosen entity, or all of them. */
export function Side({ ledger }: { readonly ledger: ApiLedger | null }) {
  const { entity } = useObservable(pageAddress);
  const [raised, setRaised] = useState(false);
  const startY = useRef<number | null>(null);
  const end = (event: PointerEvent) => {
    if (startY.current === null) return;
    const pulled = startY.current - event.clientY;
    startY.current = null;
    if (Math.abs(pulled) > 24) setRaised(pulled > 0);
    else setRaised(!raised);
  };
  return (
    <aside class={`side${raised ? ' raised' : ''}`} aria-label="Entities">
      <button
        type="button"
        class="grip"
        aria-label={raised ? 'Lower the sheet' : 'Raise the sheet'}
        aria-expanded={raised}
        onPointerDown={(event) => {
          startY.current = event.clientY;
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerUp={end}
        onKeyDown={(event) => {
          if (event.key === 'Enter' || event.key === ' ') {
            event.preventDefault();
            setRaised(!raised);
          }
        }}
      />
      {entity === null ? <ListOrState ledger={ledger} /> : <EntityView entityKey={entity} />}
    </aside>
  );
}

function ListOrState({ ledger }: { readonly ledger: ApiLedger | null }) {
  useTick(1000);
  const { begun } = useObservable(feed.state);
  const { world, atMs } = useObservable(scene);
  if (world.size > 0) return <EntityList />;
  if (atMs !== null) return <p class="quiet state">Nothing was seen around this time.</p>;
  if (begun) return <FirstRun ledger={ledger} />;
  return (
    <div class="loading" role="status" aria-label="Loading the latest of every entity">
      {Array.from({ length: 9 }, (_, index) => (
        <div class="loading-row" key={index} />
      ))}
    </div>
  );
}
