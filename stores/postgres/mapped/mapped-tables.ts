import type pg from 'pg';
import type { Reading } from '../../../core/reading.ts';
import type { TablePlan } from '../../../core/tables/table-plan.ts';
import type { Row, TableProjection } from '../../tables/table-projection.ts';
import { TableSet } from '../../tables/table-set.ts';
import type { HeldEntity } from '../entity-cache.ts';
import { tableName } from './table-names.ts';
import { TableRows } from './table-rows.ts';

interface Mapped {
  readonly table: TableProjection;
  readonly rows: TableRows;
}

/** The mapped tables as a sink writes them: in the transaction of the readings that their rows come from. */
export class MappedTables {
  readonly set: TableSet;
  readonly #mapped: readonly Mapped[];

  constructor(
    plans: readonly TablePlan[],
    options: { readonly prefix?: string; readonly postgis: string },
  ) {
    this.set = new TableSet(plans);
    const { prefix, postgis } = options;
    this.#mapped = this.set.all.map((table) => {
      const name = tableName(table.plan.name, prefix);
      return { table, rows: new TableRows(table.plan, name, postgis) };
    });
  }

  /**
   * Rows of readings, and of the entities that they changed. The entities' own rows are written already, so that nobody
   * else writes these meanwhile; both come in an order that is the same for every transaction.
   */
  async write(
    client: pg.ClientBase,
    changed: readonly HeldEntity[],
    readings: readonly Reading[],
  ): Promise<void> {
    for (const { table, rows } of this.#mapped) {
      const { entityType } = table.plan;
      if (table.plan.rows === 'entity')
        await writeEntities(
          client,
          { table, rows },
          changed.filter((entity) => entity.entityType === entityType),
        );
      else await rows.write(client, readingRows(table, readings));
    }
  }

  /** Rows of readings beyond what their table keeps, at most `limit` of each; gives their number. */
  async prune(client: pg.ClientBase, nowMicros: number, limit: number): Promise<number> {
    let deleted = 0;
    for (const { table, rows } of this.#mapped) {
      const { keepMs } = table.plan;
      if (table.plan.rows === 'reading' && keepMs !== null)
        deleted += await rows.prune(client, nowMicros - keepMs * 1000, limit);
    }
    return deleted;
  }
}

async function writeEntities(
  client: pg.ClientBase,
  { table, rows }: Mapped,
  entities: readonly HeldEntity[],
): Promise<void> {
  const whole: Row[] = [];
  const lacking: string[] = [];
  for (const { entityId, state } of entities) {
    const row = table.rowOfEntity(entityId, state);
    if (row === undefined) lacking.push(entityId);
    else whole.push(row);
  }
  await rows.write(client, whole);
  await rows.remove(client, lacking);
}

function readingRows(table: TableProjection, readings: readonly Reading[]): Row[] {
  return readings.flatMap((reading) => {
    if (reading.entityType !== table.plan.entityType) return [];
    const row = table.rowOfReading(reading);
    return row === undefined ? [] : [row];
  });
}
