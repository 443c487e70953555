import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { MillraceError } from '../../core/errors.ts';

export type LonLat = readonly [lon: number, lat: number];

/** One way, from the line's beginning to its end. */
export interface Road {
  readonly id: string;
  readonly line: readonly LonLat[];
  /** Along the road; the line may be straighter than the road is. */
  readonly lengthMetres: number;
  readonly freeFlowKmh: number;
}

export interface RoadNetwork {
  readonly roads: readonly Road[];
  /** The roads that go on from this one's end, without the way straight back; never none (a dead end turns round). */
  onward(road: Road): readonly Road[];
}

/** Roads meet where their ends are the same point. */
export function roadNetwork(roads: readonly Road[]): RoadNetwork {
  const leaving = Map.groupBy(roads, (road) => place(road.line[0]));
  return {
    roads,
    onward(road) {
      const all = leaving.get(place(road.line.at(-1))) ?? [];
      const back = place(road.line[0]);
      const ahead = all.filter((next) => place(next.line.at(-1)) !== back);
      if (ahead.length > 0) return ahead;
      return all.length > 0 ? all : [{ ...road, line: road.line.toReversed() }];
    },
  };
}

const place = (point: LonLat | undefined) => point?.join(' ') ?? '';

const roadsSchema = z
  .array(
    z.object({
      id: z.string(),
      line: z.array(z.tuple([z.number(), z.number()])).min(2),
      lengthMetres: z.number().positive().optional(),
      freeFlowKmh: z.number().positive().optional(),
    }),
  )
  .min(1);

/** A JSON array of `{id, line: [[lon, lat], ...], lengthMetres?, freeFlowKmh?}`. Else rejects with `INPUT_INVALID`. */
export async function readRoads(file: string): Promise<Road[]> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new MillraceError('INPUT_INVALID', `${file} could not be read as JSON.`, { cause });
  }
  const checked = roadsSchema.safeParse(json);
  if (!checked.success) {
    const [first] = checked.error.issues;
    throw new MillraceError(
      'INPUT_INVALID',
      `${file} should be an array of {id, line: [[lon, lat], ...]}; at ${first?.path.join('.')}: ${first?.message}.`,
    );
  }
  return checked.data.map((road) => ({
    id: road.id,
    line: road.line,
    lengthMetres: road.lengthMetres ?? lineMetres(road.line),
    freeFlowKmh: road.freeFlowKmh ?? 50,
  }));
}

const metresPerDegree = 111_195;

/** Length of a line; good to a thousandth for lines within a city. */
export function lineMetres(line: readonly LonLat[]): number {
  let metres = 0;
  for (let index = 1; index < line.length; index++) {
    const [fromLon = 0, fromLat = 0] = line[index - 1] ?? [];
    const [lon = 0, lat = 0] = line[index] ?? [];
    const east = (lon - fromLon) * Math.cos((lat * Math.PI) / 180);
    metres += Math.hypot(east, lat - fromLat) * metresPerDegree;
  }
  return metres;
}

/** A made-up town of blocks of 400 m around a point, for those who have no roads at hand. */
export function gridRoads([lon, lat]: LonLat, streets = 8): Road[] {
  const northStep = 400 / metresPerDegree;
  const eastStep = northStep / Math.cos((lat * Math.PI) / 180);
  const corner = (column: number, row: number): LonLat => [
    Number((lon + (column - streets / 2) * eastStep).toFixed(6)),
    Number((lat + (row - streets / 2) * northStep).toFixed(6)),
  ];
  const roads: Road[] = [];
  const addBothWays = (id: string, from: LonLat, to: LonLat) => {
    for (const [way, line] of [
      ['a', [from, to]],
      ['b', [to, from]],
    ] as const)
      roads.push({ id: `${id}${way}`, line, lengthMetres: 400, freeFlowKmh: 50 });
  };
  for (let column = 0; column <= streets; column++) {
    for (let row = 0; row <= streets; row++) {
      if (column < streets)
        addBothWays(`e${column}-${row}`, corner(column, row), corner(column + 1, row));
      if (row < streets)
        addBothWays(`n${column}-${row}`, corner(column, row), corner(column, row + 1));
    }
  }
  return roads;
}
