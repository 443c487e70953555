import type { DatabaseSync } from 'node:sqlite';
import type { Reading } from '../../../core/reading.ts';
import type { TablePlan } from '../../../core/tables/table-plan.ts';
import type { LatestState } from '../../latest-state.ts';
import type { TableProjection } from '../../tables/table-projection.ts';
import { TableSet } from '../../tables/table-set.ts';
import { TableRows } from './table-rows.ts';

const pruneLimit = 5000;

interface Mapped {
  readonly table: TableProjection;
  readonly rows: TableRows;
}

interface Changed {
  readonly entityType: string;
  readonly entityId: string;
  readonly state: LatestState;
}

/** The mapped tables as the sink writes them: in the transaction of the readings that their rows come from. */
export class MappedTables {
  readonly set: TableSet;
  readonly #byType = new Map<string, Mapped[]>();
  /** Entities whose rows are to be written, by `type/id`. */
  readonly #changed = new Map<string, Changed>();

  /** The tables must be there. */
  constructor(db: DatabaseSync, plans: readonly TablePlan[]) {
    this.set = new TableSet(plans);
    for (const table of this.set.all) {
      const { entityType } = table.plan;
      const mapped = { table, rows: new TableRows(db, table.plan) };
      this.#byType.set(entityType, [...(this.#byType.get(entityType) ?? []), mapped]);
    }
  }

  /** Writes the row of a reading, and notes its entity for `flush`. */
  take(reading: Reading, state: LatestState): void {
    const { entityType, entityId } = reading;
    const tables = this.#byType.get(entityType);
    if (tables === undefined) return;
    this.#changed.set(`${entityType}/${entityId}`, { entityType, entityId, state });
    for (const { table, rows } of tables) {
      if (table.plan.rows === 'entity') continue;
      const row = table.rowOfReading(reading);
      if (row !== undefined) rows.put(row);
    }
  }

  /** Writes the rows of the entities noted. */
  flush(): void {
    for (const { entityType, entityId, state } of this.#changed.values())
      for (const { table, rows } of this.#byType.get(entityType) ?? []) {
        if (table.plan.rows === 'reading') continue;
        const row = table.rowOfEntity(entityId, state);
        if (row === undefined) rows.remove(entityId);
        else rows.put(row);
      }
    this.#changed.clear();
  }

  /** After a rollback. */
  forget(): void {
    this.#changed.clear();
  }

  /**
   * Deletes rows of readings beyond what their table keeps, or observed before `cutoff` (microseconds; the file is too
   * large), some of each; gives their number.
   */
  prune(nowMicros: number, cutoff: number): number {
    let deleted = 0;
    for (const { table, rows } of [...this.#byType.values()].flat()) {
      if (table.plan.rows === 'entity') continue;
      const { keepMs } = table.plan;
      const kept = keepMs === null ? Number.NEGATIVE_INFINITY : nowMicros - keepMs * 1000;
      const before = Math.max(kept, cutoff);
      if (before > Number.NEGATIVE_INFINITY) deleted += rows.prune(before, pruneLimit);
    }
    return deleted;
  }
}
