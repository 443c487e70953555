import { modelOf } from '../app/reference.ts';
import type { Theme } from '../app/theme.ts';
import type { LiveEntity } from '../live/world.ts';
import { stalenessOf } from '../words/staleness.ts';
import { type ColorScale, colorAt } from './color-scale.ts';
import type { IconName } from './icons.ts';
import { mapColors } from './map-colors.ts';

export interface Appearance {
  readonly color: string;
  readonly opacity: number;
  readonly icon: IconName;
  /** Degrees clockwise from north. */
  readonly heading: number;
}

const opacities = { fresh: 1, late: 0.55, silent: 0.28 } as const;

/** How an entity looks on the map at this time. */
export function appearanceOf(
  entity: LiveEntity,
  scale: ColorScale | undefined,
  theme: Theme,
  nowMs: number,
): Appearance {
  const model = modelOf(entity.entityType);
  const value = scale && entity.values.get(scale.field.name);
  const heading = model?.headingField ? entity.values.get(model.headingField) : undefined;
  const turned = typeof heading === 'number';
  const icon: IconName = model?.simulated
    ? turned
      ? 'arrow-hollow'
      : 'dot-hollow'
    : turned
      ? 'arrow'
      : 'dot';
  return {
    color:
      scale && typeof value === 'number' ? colorAt(scale, value, theme) : mapColors[theme].plain,
    opacity: opacities[stalenessOf(entity, nowMs)],
    icon,
    heading: turned ? heading : 0,
  };
}
