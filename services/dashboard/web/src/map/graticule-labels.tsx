import type { EntityMap } from './entity-map.ts';
import { formatDegrees, graticuleStep, multiplesWithin } from './graticule.ts';

interface GraticuleLabelsProps {
  readonly entityMap: EntityMap;
  /** Counts up when the view has changed. */
  readonly view: number;
}

/** Degrees at the map's upper and left edge: a few elements, not text in the map, which would need glyphs. */
export function GraticuleLabels({ entityMap }: GraticuleLabelsProps) {
  const { map, graticuleLines } = entityMap;
  const bounds = map.getBounds();
  const [west, south] = [bounds.getWest(), bounds.getSouth()];
  const [east, north] = [bounds.getEast(), bounds.getNorth()];
  const step = graticuleStep({ west, south, east, north }, graticuleLines);
  const { clientWidth, clientHeight } = map.getContainer();
  const columns = multiplesWithin(west, east, step)
    .map((lon) => ({ lon, x: map.project([lon, north]).x }))
    .filter(({ x }) => x > 60 && x < clientWidth - 112);
  const rows = multiplesWithin(Math.max(-85, south), Math.min(85, north), step)
    .map((lat) => ({ lat, y: map.project([west, lat]).y }))
    .filter(({ y }) => y > 40 && y < clientHeight - 60);
  return (
    <div class="graticule-labels" aria-hidden="true">
      {columns.map(({ lon, x }) => (
        <span class="column" key={lon} style={{ left: `${x}px` }}>
          {formatDegrees(lon, 'lon')}
        </span>
      ))}
      {rows.map(({ lat, y }) => (
        <span class="row" key={lat} style={{ top: `${y}px` }}>
          {formatDegrees(lat, 'lat')}
        </span>
      ))}
    </div>
  );
}
