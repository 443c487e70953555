/**
 * The map's icons as signed distance fields, which MapLibre colours and draws sharp at every size.
 * Filled: recorded readings; hollow: simulated ones. A shape tells them apart, not only a colour.
 */
export type IconName = 'arrow' | 'arrow-hollow' | 'dot' | 'dot-hollow';

/** Pixels at two a CSS pixel. */
const size = 48;
/** MapLibre's convention: distances up to 8 px, with the edge at three quarters of the alpha. */
const reach = 8;
const edge = 0.25;

type Distance = (x: number, y: number) => number;

const arrowCorners = [
  [0, -15],
  [10.5, 12.5],
  [0, 6.5],
  [-10.5, 12.5],
] as const;

/** Distance to the outline of a polygon, negative inside. */
function polygon(corners: readonly (readonly [number, number])[]): Distance {
  return (x, y) => {
    let nearest = Number.POSITIVE_INFINITY;
    let inside = false;
    corners.forEach(([ax, ay], index) => {
      const [bx, by] = corners[(index + 1) % corners.length] ?? [ax, ay];
      const along =
        ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2);
      const at = Math.min(1, Math.max(0, along));
      nearest = Math.min(nearest, Math.hypot(x - ax - at * (bx - ax), y - ay - at * (by - ay)));
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
    });
    return inside ? -nearest : nearest;
  };
}

const circle =
  (radius: number): Distance =>
  (x, y) =>
    Math.hypot(x, y) - radius;

/** The outline alone, `width` thick, inside the shape. */
const hollow =
  (distance: Distance, width: number): Distance =>
  (x, y) =>
    Math.abs(distance(x, y) + width / 2) - width / 2;

function drawn(distance: Distance): ImageData {
  const image = new ImageData(size, size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const away = distance(column + 0.5 - size / 2, row + 0.5 - size / 2);
      image.data[(row * size + column) * 4 + 3] = 255 - 255 * (away / reach + edge);
    }
  }
  return image;
}

export function icons(): ReadonlyMap<IconName, ImageData> {
  const arrow = polygon(arrowCorners);
  const dot = circle(9);
  return new Map([
    ['arrow', drawn(arrow)],
    ['arrow-hollow', drawn(hollow(arrow, 3.6))],
    ['dot', drawn(dot)],
    ['dot-hollow', drawn(hollow(dot, 3.6))],
  ]);
}
