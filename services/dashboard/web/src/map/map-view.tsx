import { useEffect, useRef, useState } from 'preact/hooks';
import { useObservable, useTick } from '../app/observable.ts';
import { goTo } from '../app/page-address.ts';
import { reference } from '../app/reference.ts';
import { scene } from '../app/scene.ts';
import { theme } from '../app/theme.ts';
import { hasPlaces } from './bounds.ts';
import { EntityMap, type Pointed } from './entity-map.ts';
import { GraticuleLabels } from './graticule-labels.tsx';
import { HoverCard } from './hover-card.tsx';
import { Legend } from './legend.tsx';
import { MapButtons } from './map-buttons.tsx';
import { MapPainter } from './map-painter.ts';

interface Opened {
  readonly entityMap: EntityMap;
  readonly painter: MapPainter;
}

/** On a phone the sheet covers the map's lower part; what is fitted must stay above it. */
function coveredBelow(): number {
  const sheet = document.querySelector('.side');
  const map = document.querySelector('.map');
  if (!sheet || !map || !window.matchMedia('(max-width: 719px)').matches) return 48;
  const covered = map.getBoundingClientRect().bottom - sheet.getBoundingClientRect().top;
  return Math.min(window.innerHeight * 0.55, Math.max(0, covered)) + 24;
}

export function MapView() {
  const container = useRef<HTMLDivElement>(null);
  const [opened, setOpened] = useState<Opened | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const [view, setView] = useState(0);
  const { pipeline } = useObservable(reference);
  const styleUrl = pipeline?.map.styleUrl ?? null;

  useEffect(() => {
    if (!container.current || !pipeline) return;
    let live = true;
    let mine: Opened | undefined;
    EntityMap.open({
      container: container.current,
      theme: theme.get(),
      styleUrl,
      center: pipeline.map.center,
      zoom: pipeline.map.zoom,
      reducedMotion: window.matchMedia('(prefers-reduced-motion: reduce)').matches,
      onChoose: (key) => goTo({ entity: key, field: null }),
      onHover: setPointed,
      onView: () => setView((count) => count + 1),
    }).then(
      (entityMap) => {
        if (!live) return entityMap.close();
        mine = { entityMap, painter: new MapPainter(entityMap, coveredBelow) };
        setOpened(mine);
      },
      (error: unknown) => setFailure(error instanceof Error ? error.message : String(error)),
    );
    return () => {
      live = false;
      mine?.painter.close();
      mine?.entityMap.close();
      setOpened(null);
    };
  }, [pipeline === null, styleUrl]);

  const hovered = pointed ? scene.get().world.get(pointed.key) : undefined;
  return (
    <section class="map" aria-label="Map">
      <div class="map-canvas" ref={container} />
      {failure !== null && (
        <p class="map-failure" role="alert">
          The map can't be drawn: {failure} The list and the charts work without it.
        </p>
      )}
      {failure === null && <NoPlaces />}
      {opened && <GraticuleLabels entityMap={opened.entityMap} view={view} />}
      {opened && (
        <MapButtons
          onZoom={(steps) => opened.entityMap.zoomBy(steps)}
          onFit={() => opened.painter.fit()}
        />
      )}
      <Legend />
      {pipeline?.attribution && <p class="attribution">{pipeline.attribution}</p>}
      {pointed && hovered && <HoverCard entity={hovered} x={pointed.x} y={pointed.y} />}
    </section>
  );
}

/** A map with nothing on it says why: readings without a position are a list, and that is no fault. */
function NoPlaces() {
  useTick(2000);
  const { world } = useObservable(scene);
  const { shapes } = useObservable(reference);
  if (world.size === 0 || hasPlaces(world.all(), shapes)) return null;
  return (
    <p class="map-empty">
      No entity has a position, so the map stays empty; the list and the charts are complete. A
      position comes with the packets (<code>position</code> of the format) or from a register.
    </p>
  );
}
