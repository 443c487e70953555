import type pg from 'pg';
import type { Row, TableProjection } from '../../tables/table-projection.ts';
import type { HeldEntity } from '../entity-cache.ts';
import type { EntityRows } from '../entity-rows.ts';
import type { TableRows } from './table-rows.ts';

const entitiesAtOnce = 2000;

export interface Filled {
  readonly rows: number;
  /** Values from before the table that don't fit their column, by column; null stands in their place. */
  readonly unfit: ReadonlyMap<string, number>;
}

/** Makes the rows of all entities as their latest has them. The caller sees to it that nobody writes meanwhile. */
export async function fillTable(
  client: pg.ClientBase,
  { table, rows, entities }: { table: TableProjection; rows: TableRows; entities: EntityRows },
): Promise<Filled> {
  const unfit = new Map<string, number>();
  let count = 0;
  let after: string | undefined;
  for (;;) {
    const found = await entities.page(client, table.plan.entityType, {
      ...(after !== undefined && { after }),
      limit: entitiesAtOnce,
    });
    count += await writePage(client, { table, rows, unfit }, found);
    if (found.length < entitiesAtOnce) return { rows: count, unfit };
    after = found.at(-1)?.entityId;
  }
}

async function writePage(
  client: pg.ClientBase,
  { table, rows, unfit }: { table: TableProjection; rows: TableRows; unfit: Map<string, number> },
  entities: readonly HeldEntity[],
): Promise<number> {
  const whole: Row[] = [];
  const lacking: string[] = [];
  for (const { entityId, state } of entities) {
    const row = table.rowOfEntity(entityId, state, ({ name }) =>
      unfit.set(name, (unfit.get(name) ?? 0) + 1),
    );
    if (row === undefined) lacking.push(entityId);
    else whole.push(row);
  }
  await rows.write(client, whole);
  await rows.remove(client, lacking);
  return whole.length;
}
