import type {
  ApiGeometry,
  ApiModel,
  ApiModelField,
  ApiPipeline,
  ApiRegisterEntry,
} from '../../../api-types.ts';
import { ApiError, getJson, getWholeList } from './api-client.ts';
import { Observable } from './observable.ts';

/** A shape of a register, with the words that go with it. */
export interface Shape {
  readonly geometry: ApiGeometry;
  readonly texts: Readonly<Record<string, string>>;
}

/** What the page knows beside the readings: asked for at the start, and again when a connection came back. */
export interface Reference {
  readonly pipeline: ApiPipeline | null;
  readonly models: ReadonlyMap<string, ApiModel>;
  /** By entity type, then entityId: shapes of types that a register draws. */
  readonly shapes: ReadonlyMap<string, ReadonlyMap<string, Shape>>;
  /** The server's clock less ours, in ms. */
  readonly clockAheadMs: number;
  /** Why it could not be had, as a sentence. */
  readonly error: string | null;
  /** All of the above has come at least once. */
  readonly complete: boolean;
}

export const reference = new Observable<Reference>({
  pipeline: null,
  models: new Map(),
  shapes: new Map(),
  clockAheadMs: 0,
  error: null,
  complete: false,
});

let attempt = 0;

/** Resolves when it is there; tries again by itself while the server is away. */
export async function loadReference(): Promise<void> {
  const mine = ++attempt;
  for (let waitMs = 500; mine === attempt; waitMs = Math.min(waitMs * 2, 10_000)) {
    try {
      await loadOnce();
      return;
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return;
      reference.update({ error: error instanceof Error ? error.message : String(error) });
      await new Promise((resolve) => window.setTimeout(resolve, waitMs));
    }
  }
}

async function loadOnce(): Promise<void> {
  const [pipeline, models] = await Promise.all([
    getJson<ApiPipeline>('/api/v1/pipeline'),
    getWholeList<ApiModel>('/api/v1/models'),
  ]);
  reference.update({
    pipeline,
    models: new Map(models.map((model) => [model.entityType, model])),
    clockAheadMs: pipeline.now ? clockAhead(Date.parse(pipeline.now)) : 0,
    error: null,
  });
  document.title = `${pipeline.name} · Millrace`;
  reference.update({ shapes: await loadShapes(models), complete: true });
}

/** Differences below a second are the way of the answer, not the clocks. */
function clockAhead(serverMs: number): number {
  const aheadMs = serverMs - Date.now();
  return Math.abs(aheadMs) < 1000 ? 0 : aheadMs;
}

async function loadShapes(models: readonly ApiModel[]): Promise<Reference['shapes']> {
  const shapes = new Map<string, ReadonlyMap<string, Shape>>();
  for (const { entityType, geometryRegister } of models) {
    if (geometryRegister === null) continue;
    const entries = await getWholeList<ApiRegisterEntry>(
      `/api/v1/registers/${encodeURIComponent(geometryRegister)}`,
    );
    const ofType = new Map<string, Shape>();
    for (const { key, geometry, texts } of entries) {
      if (geometry !== null) ofType.set(key, { geometry, texts });
    }
    shapes.set(entityType, ofType);
  }
  return shapes;
}

/** The server's time, as far as we know it. */
export const serverNow = () => Date.now() + reference.get().clockAheadMs;

export const modelOf = (entityType: string): ApiModel | undefined =>
  reference.get().models.get(entityType);

export const fieldOf = (entityType: string, name: string): ApiModelField | undefined =>
  modelOf(entityType)?.fields.find((field) => field.name === name);
