/** Viridis (CC0, S. van der Walt and N. Smith), at eighths; what lies between is interpolated in sRGB. */
const viridis = [
  [68, 1, 84],
  [71, 45, 123],
  [59, 82, 139],
  [44, 114, 142],
  [33, 145, 140],
  [40, 174, 128],
  [94, 201, 98],
  [173, 220, 48],
  [253, 231, 37],
] as const;

/** A part of the palette that stands out from the ground of its theme at both ends. */
const parts = { light: [0, 0.86], dark: [0.24, 1] } as const;

/** The colour for a share from 0 (calm) to 1 (stands out most from the ground). */
export function paletteColor(share: number, theme: 'light' | 'dark'): string {
  const [from, to] = parts[theme];
  const inside = Math.min(1, Math.max(0, share));
  // Dark stands out on light ground, bright on dark ground.
  const at = theme === 'dark' ? from + inside * (to - from) : to - inside * (to - from);
  const step = Math.min(viridis.length - 2, Math.floor(at * (viridis.length - 1)));
  const rest = at * (viridis.length - 1) - step;
  const low = viridis[step] ?? viridis[0];
  const high = viridis[step + 1] ?? low;
  const channel = (index: 0 | 1 | 2) => Math.round(low[index] + (high[index] - low[index]) * rest);
  return `rgb(${channel(0)},${channel(1)},${channel(2)})`;
}

/** For a legend's bar, from the lowest to the highest value. */
export function paletteStops(theme: 'light' | 'dark', outstanding: 'low' | 'high'): string {
  const stops = Array.from({ length: 17 }, (_, index) => {
    const share = index / 16;
    return paletteColor(outstanding === 'high' ? share : 1 - share, theme);
  });
  return `linear-gradient(to right, ${stops.join(', ')})`;
}
