import type { ApiModel, ApiSeries, ApiSeriesAnswer } from '../../../api-types.ts';
import { getJson } from '../app/api-client.ts';
import { Observable } from '../app/observable.ts';
import { pageAddress } from '../app/page-address.ts';
import { reference } from '../app/reference.ts';
import { feed, scene } from '../app/scene.ts';
import { type LiveEntity, World } from '../live/world.ts';
import { formatCount } from '../words/format-number.ts';
import { sightingsOf } from './past-sightings.ts';

export interface PastState {
  /** What is shown of the past, or why it isn't; empty when all is. */
  readonly note: string;
}

export const pastState = new Observable<PastState>({ note: '' });

/** As many as the API takes at once. */
const entitiesAtOnce = 100;
const questionsAtOnce = 4;
/** More would keep the store busy for a glance back. */
const mostEntities = 2000;

let asking: AbortController | undefined;

/** Follows the address: a past time shows the world as it was then, live shows it as it is. */
export function followTime(): () => void {
  let shown: number | null = null;
  const look = () => {
    const { at } = pageAddress.get();
    if (at === shown || (at !== null && !feed.state.get().begun)) return;
    shown = at;
    asking?.abort();
    if (at === null) scene.set({ world: feed.world, atMs: null });
    else void goBack(at);
  };
  const ends = [pageAddress.subscribe(look), feed.state.subscribe(look), reference.subscribe(look)];
  look();
  return () => {
    for (const end of ends) end();
  };
}

async function goBack(atMs: number): Promise<void> {
  const mine = new AbortController();
  asking = mine;
  const { models } = reference.get();
  const all = [...feed.world.all()];
  const batches = batchesOf(all.slice(0, mostEntities), models);
  const world = new World();
  const left = all.length - mostEntities;
  pastState.set({ note: 'Asking the history…' });
  try {
    await inTurns(batches, async ({ model, entities }) => {
      const series = await askBack(model, entities, atMs, mine.signal);
      for (const sighting of sightingsOf(series, model, atMs)) world.see(sighting);
    });
    if (mine.signal.aborted) return;
    scene.set({ world, atMs });
    pastState.set({ note: left > 0 ? `without ${formatCount(left)} more entities` : '' });
  } catch (error) {
    if (mine.signal.aborted) return;
    scene.set({ world: new World(), atMs });
    pastState.set({ note: error instanceof Error ? error.message : String(error) });
  }
}

interface Batch {
  readonly model: ApiModel;
  readonly entities: readonly LiveEntity[];
}

function batchesOf(all: readonly LiveEntity[], models: ReadonlyMap<string, ApiModel>): Batch[] {
  const batches: Batch[] = [];
  for (const model of models.values()) {
    const ofType = all.filter(({ entityType }) => entityType === model.entityType);
    for (let from = 0; from < ofType.length; from += entitiesAtOnce) {
      batches.push({ model, entities: ofType.slice(from, from + entitiesAtOnce) });
    }
  }
  return batches;
}

async function inTurns(batches: Batch[], work: (batch: Batch) => Promise<void>): Promise<void> {
  const waiting = [...batches];
  const worker = async () => {
    for (let batch = waiting.shift(); batch; batch = waiting.shift()) await work(batch);
  };
  await Promise.all(Array.from({ length: questionsAtOnce }, worker));
}

/** How far back a value still counts as the latest: some of the type's usual intervals. */
function reachMs(model: ApiModel): number {
  return model.usualIntervalMs === null ? 15 * 60_000 : Math.max(10_000, 5 * model.usualIntervalMs);
}

async function askBack(
  model: ApiModel,
  entities: readonly LiveEntity[],
  atMs: number,
  signal: AbortSignal,
): Promise<readonly ApiSeries[]> {
  const query = new URLSearchParams({
    field: [...model.fields.map(({ name }) => name), 'lat', 'lon', 'altitude'].join(','),
    from: new Date(atMs - reachMs(model)).toISOString(),
    to: new Date(atMs).toISOString(),
    fn: 'last',
    maxPoints: '8',
  });
  for (const { key } of entities) query.append('entity', key);
  return (await getJson<ApiSeriesAnswer>(`/api/v1/series?${query}`, signal)).series;
}
