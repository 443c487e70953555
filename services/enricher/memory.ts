import { parseContentIdentity } from '../../core/identity.ts';
import type { Reading } from '../../core/reading.ts';
import type { Past } from './step.ts';

/** Of one entity: how far its time has come, and what its last readings without time and id held. */
export interface Summary {
  /** Newest `observedAt` passed on, microseconds. Nothing is remembered of any later time. */
  readonly newest: number;
  readonly contents: readonly string[];
}

const keptContents = 100;
const nothing: Past = { ids: [], contents: [] };

interface Entity {
  newest: number;
  /** As it was on disk: at later times there is nothing to be looked up. */
  readonly newestOnDisk: number;
  contents: readonly string[];
  isChanged: boolean;
}

/** The key under which the ids of one entity at one time are remembered. */
export function momentKey(entity: string, observedAt: number): string {
  return `m${entity}@${observedAt}`;
}

export function summaryKey(entity: string): string {
  return `e${entity}`;
}

/**
 * What the enricher remembers, as far as one batch needs it: brought into memory before, changed by the batch,
 * and written with it. Entities are named by their record keys.
 */
export class Memory {
  readonly #entities = new Map<string, Entity>();
  readonly #idsOnDisk = new Map<string, readonly string[]>();
  readonly #changedIds = new Map<string, readonly string[]>();

  /** What was on disk; undefined when there was nothing. */
  rememberSummary(entity: string, summary: Summary | undefined): void {
    const newest = summary?.newest ?? Number.NEGATIVE_INFINITY;
    const contents = summary?.contents ?? [];
    this.#entities.set(entity, { newest, newestOnDisk: newest, contents, isChanged: false });
  }

  rememberIds(moment: string, ids: readonly string[]): void {
    this.#idsOnDisk.set(moment, ids);
  }

  /** True when the disk may hold ids of this entity and time. */
  mayHoldIds(entity: string, observedAt: number): boolean {
    return observedAt <= this.#entity(entity).newestOnDisk;
  }

  past(entity: string, observedAt: number): Past {
    const { newest, newestOnDisk, contents } = this.#entity(entity);
    if (observedAt > newest && contents.length === 0) return nothing;
    if (observedAt > newest) return { ids: nothing.ids, contents };
    const moment = momentKey(entity, observedAt);
    const ids = this.#changedIds.get(moment) ?? this.#idsOnDisk.get(moment);
    if (ids === undefined && observedAt <= newestOnDisk) {
      throw new Error(`The ids of ${entity} at ${observedAt} were not loaded before the batch.`);
    }
    return { ids: ids ?? nothing.ids, contents };
  }

  /** Marks a reading as passed on. */
  passOn(entity: string, { eventId, observedAt }: Reading, { ids }: Past): void {
    const known = this.#entity(entity);
    const moment = momentKey(entity, observedAt);
    this.#changedIds.set(moment, ids.length === 0 ? [eventId] : [...ids, eventId]);
    known.isChanged = true;
    if (observedAt > known.newest) known.newest = observedAt;
    const content = eventId.startsWith('~') ? parseContentIdentity(eventId) : undefined;
    if (content) known.contents = [...known.contents, content.contentHash].slice(-keptContents);
  }

  /** To be written: with each change of an entity, so that a summary is never forgotten before its moments. */
  *changedSummaries(): IterableIterator<[entity: string, summary: Summary]> {
    for (const [entity, known] of this.#entities) if (known.isChanged) yield [entity, known];
  }

  changedMoments(): IterableIterator<[moment: string, ids: readonly string[]]> {
    return this.#changedIds.entries();
  }

  #entity(entity: string): Entity {
    const known = this.#entities.get(entity);
    if (!known) throw new Error(`The summary of ${entity} was not loaded before the batch.`);
    return known;
  }
}
