import type { StyleSpecification } from 'maplibre-gl';
import type { Theme } from '../app/theme.ts';
import { mapColors } from './map-colors.ts';

/** A plain ground with a graticule: no tiles, no glyphs, no sprites, so no request. */
export function groundStyle(theme: Theme): StyleSpecification {
  const colors = mapColors[theme];
  return {
    version: 8,
    sources: {
      graticule: {
        type: 'geojson',
        data: { type: 'FeatureCollection', features: [] },
        tolerance: 0,
      },
    },
    layers: [
      { id: 'ground', type: 'background', paint: { 'background-color': colors.ground } },
      {
        id: 'graticule',
        type: 'line',
        source: 'graticule',
        paint: { 'line-color': colors.graticule, 'line-width': 1 },
      },
    ],
  };
}
