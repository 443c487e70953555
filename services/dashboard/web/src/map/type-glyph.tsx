import type { ApiModel } from '../../../api-types.ts';

interface TypeGlyphProps {
  readonly model: ApiModel | undefined;
  readonly color?: string | undefined;
}

/** The mark of an entity as on the map: a line, an arrow or a dot; hollow when it is simulated. */
export function TypeGlyph({ model, color = 'currentColor' }: TypeGlyphProps) {
  const fill = model?.simulated ? 'none' : color;
  return (
    <svg class="glyph" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      {model?.geometryRegister ? (
        <line
          x1="2.5"
          y1="12"
          x2="13.5"
          y2="4"
          stroke={color}
          stroke-width="3.5"
          stroke-linecap="round"
        />
      ) : model?.headingField ? (
        <path
          d="M8 2 L12.5 13.2 L8 10.8 L3.5 13.2 Z"
          fill={fill}
          stroke={color}
          stroke-width="1.6"
          stroke-linejoin="round"
        />
      ) : (
        <circle cx="8" cy="8" r="4.2" fill={fill} stroke={color} stroke-width="1.8" />
      )}
    </svg>
  );
}
