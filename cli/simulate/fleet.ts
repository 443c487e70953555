import { type LonLat, lineMetres, type Road, type RoadNetwork } from './road-network.ts';
import { seededRandom } from './seeded-random.ts';

export interface VehicleState {
  readonly id: string;
  readonly lat: number;
  readonly lon: number;
  /** Degrees, clockwise from north. */
  readonly headingDegrees: number;
  readonly speedKmh: number;
  readonly roadId: string;
}

export interface FleetOptions {
  readonly network: RoadNetwork;
  readonly count: number;
  readonly seed: number;
  /** The speed on a road at present; its free flow where this gives undefined. */
  readonly speedKmh?: ((roadId: string) => number | undefined) | undefined;
}

/** Made-up vehicles on real roads. The same seed, speeds and steps give the same drive. */
export interface Fleet {
  readonly count: number;
  /** Drives one vehicle on. Throws a `RangeError` when there is none of that index. */
  drive(index: number, elapsedMs: number): VehicleState;
}

interface Vehicle {
  readonly id: string;
  /** Times the road's speed: some are in a hurry. */
  readonly temper: number;
  road: Road;
  alongMetres: number;
}

export function createFleet({ network, count, seed, speedKmh }: FleetOptions): Fleet {
  const random = seededRandom(seed);
  const anyOf = (roads: readonly Road[]): Road => {
    const road = roads[Math.floor(random() * roads.length)];
    if (!road) throw new RangeError('A fleet needs at least one road.');
    return road;
  };
  const digits = String(count).length;
  const vehicles = Array.from({ length: count }, (_, index): Vehicle => {
    const road = anyOf(network.roads);
    return {
      id: `sim-${String(index + 1).padStart(digits, '0')}`,
      temper: 0.85 + random() * 0.3,
      road,
      alongMetres: random() * road.lengthMetres,
    };
  });
  const speedOf = ({ road, temper }: Vehicle) =>
    Math.max(3, (speedKmh?.(road.id) ?? road.freeFlowKmh) * temper);
  return {
    count,
    drive(index, elapsedMs) {
      const vehicle = vehicles[index];
      if (!vehicle) throw new RangeError(`There is no vehicle ${index} of ${count}.`);
      let leftMs = elapsedMs;
      for (;;) {
        const metresPerMs = speedOf(vehicle) / 3600;
        const restMetres = vehicle.road.lengthMetres - vehicle.alongMetres;
        if (leftMs * metresPerMs < restMetres) {
          vehicle.alongMetres += leftMs * metresPerMs;
          return stateOf(vehicle, speedOf(vehicle));
        }
        leftMs -= restMetres / metresPerMs;
        vehicle.road = anyOf(network.onward(vehicle.road));
        vehicle.alongMetres = 0;
      }
    },
  };
}

function stateOf({ id, road, alongMetres }: Vehicle, speedKmh: number): VehicleState {
  const { point, headingDegrees } = pointAlong(road.line, alongMetres / road.lengthMetres);
  return {
    id,
    lon: round(point[0], 6),
    lat: round(point[1], 6),
    headingDegrees: round(headingDegrees, 0) % 360,
    speedKmh: round(speedKmh, 1),
    roadId: road.id,
  };
}

/** The point at a share (0 to 1) of a line's length, and the way that the line goes there. */
export function pointAlong(line: readonly LonLat[], share: number) {
  let leftMetres = lineMetres(line) * share;
  let piece: readonly [LonLat, LonLat] = [line[0] ?? [0, 0], line[1] ?? [0, 0]];
  let pieceMetres = lineMetres(piece);
  for (let index = 2; index < line.length && leftMetres > pieceMetres; index++) {
    leftMetres -= pieceMetres;
    piece = [piece[1], line[index] ?? [0, 0]];
    pieceMetres = lineMetres(piece);
  }
  const [[fromLon, fromLat], [toLon, toLat]] = piece;
  const within = pieceMetres === 0 ? 0 : Math.min(1, leftMetres / pieceMetres);
  const east = (toLon - fromLon) * Math.cos((fromLat * Math.PI) / 180);
  const point: LonLat = [
    fromLon + (toLon - fromLon) * within,
    fromLat + (toLat - fromLat) * within,
  ];
  return {
    point,
    headingDegrees: ((Math.atan2(east, toLat - fromLat) * 180) / Math.PI + 360) % 360,
  };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
