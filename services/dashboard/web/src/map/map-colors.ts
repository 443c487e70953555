import type { Theme } from '../app/theme.ts';

/** The map is drawn by WebGL, which reads no style sheet; these stand beside style/tokens.css. */
export interface MapColors {
  readonly ground: string;
  readonly graticule: string;
  /** A shape without a reading. */
  readonly idle: string;
  /** Entities that no value colours. */
  readonly plain: string;
  /** The ring around the chosen one. */
  readonly chosen: string;
}

export const mapColors: Readonly<Record<Theme, MapColors>> = {
  light: {
    ground: '#f1f3f5',
    graticule: '#dde1e6',
    idle: '#c9d0d8',
    plain: '#1d4ed8',
    chosen: '#101418',
  },
  dark: {
    ground: '#0f1216',
    graticule: '#1e242b',
    idle: '#333c46',
    plain: '#8fb4ff',
    chosen: '#ffffff',
  },
};
