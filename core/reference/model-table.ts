import { modelCodec } from '../codec.ts';
import type { Events } from '../events.ts';
import type { EventLog } from '../log/event-log.ts';
import type { Model } from '../model.ts';
import { modelsTopic } from '../topics.ts';

/** The models that were published, decoded, in memory, and followed as they change. */
export interface ModelTable {
  get(entityType: string): Model | undefined;
  all(): readonly Model[];
  /** Called after each change. Returns the way to end it. */
  onChange(listener: () => void): () => void;
  close(): void;
}

/** Resolves when everything that is there has been read. A model that can't be decoded is left out, with a warning. */
export async function openModelTable(
  log: Pick<EventLog, 'table'>,
  events: Pick<Events, 'warn'>,
): Promise<ModelTable> {
  const table = await log.table(modelsTopic);
  const models = new Map<string, Model>();
  const take = (entityType: string): void => {
    models.delete(entityType);
    const value = table.get(entityType)?.value ?? null;
    if (value === null) return;
    try {
      models.set(entityType, modelCodec.decode(value));
    } catch (error) {
      events.warn('model.undecodable', {
        message: `The model ${entityType} can't be decoded and is left out.`,
        error,
      });
    }
  };
  const listeners = new Set<() => void>();
  table.onChange((keys) => {
    keys.forEach(take);
    for (const listener of listeners) listener();
  });
  for (const [entityType] of table.entries()) take(entityType);
  return {
    get: (entityType) => models.get(entityType),
    all: () => [...models.values()],
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => table.close(),
  };
}
