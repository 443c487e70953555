import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl';
import type { Theme } from '../app/theme.ts';
import { mapColors } from './map-colors.ts';

const state = (name: string, otherwise: string | number | boolean): ExpressionSpecification => [
  'coalesce',
  ['feature-state', name],
  otherwise,
];

/** Grows with the zoom; `more` for the chosen one and the casing. */
function width(more: number): ExpressionSpecification {
  const at = (base: number): ExpressionSpecification => [
    '+',
    base + more,
    ['case', state('chosen', false) as ExpressionSpecification, base * 0.9 + 1, 0],
  ];
  return ['interpolate', ['linear'], ['zoom'], 9, at(1.5), 12, at(2.5), 14, at(4.5), 17, at(9)];
}

/** Both directions of a street have the same ends: each is drawn to the right of the way it leads. */
const beside: ExpressionSpecification = [
  'interpolate',
  ['linear'],
  ['zoom'],
  9,
  0.9,
  12,
  1.8,
  14,
  3.2,
  17,
  6.5,
];

/** Shapes, then points, then the ring around the chosen one. */
export function entityLayers(theme: Theme): LayerSpecification[] {
  const colors = mapColors[theme];
  return [
    {
      id: 'shape-casing',
      type: 'line',
      source: 'shapes',
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: {
        'line-color': [
          'case',
          state('chosen', false) as ExpressionSpecification,
          colors.chosen,
          colors.ground,
        ],
        'line-width': width(2.5),
        'line-offset': beside,
      },
    },
    {
      id: 'shape',
      type: 'line',
      source: 'shapes',
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: {
        'line-color': state('color', colors.idle),
        'line-width': width(0),
        'line-offset': beside,
        'line-opacity': state('opacity', 1),
      },
    },
    {
      id: 'trail',
      type: 'line',
      source: 'trail',
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-color': colors.chosen, 'line-width': 1.5, 'line-opacity': 0.5 },
    },
    {
      id: 'point',
      type: 'symbol',
      source: 'points',
      layout: {
        'icon-image': ['get', 'icon'],
        'icon-rotate': ['get', 'heading'],
        'icon-rotation-alignment': 'map',
        'icon-allow-overlap': true,
        'icon-ignore-placement': true,
        'icon-size': ['interpolate', ['linear'], ['zoom'], 7, 0.55, 10, 0.75, 12, 1, 16, 1.3],
        'icon-padding': 0,
      },
      paint: {
        'icon-color': ['get', 'color'],
        'icon-opacity': ['get', 'opacity'],
        'icon-halo-color': colors.ground,
        'icon-halo-width': 2,
      },
    },
    {
      id: 'ring',
      type: 'circle',
      source: 'ring',
      paint: {
        'circle-radius': 13,
        'circle-opacity': 0,
        'circle-stroke-color': colors.chosen,
        'circle-stroke-width': 2,
      },
    },
  ];
}
