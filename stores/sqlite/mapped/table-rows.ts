import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ColumnType } from '../../../core/tables/column-type.ts';
import type { ColumnPlan, TablePlan } from '../../../core/tables/table-plan.ts';
import { isoMicros } from '../../tables/iso-micros.ts';
import type { Row } from '../../tables/table-projection.ts';
import type { Cell } from '../../tables/to-cell.ts';

type Bound = string | number | bigint | null;

/** A name may be a word of SQL. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * Of a STRICT table. A numeric is text, since SQLite has none that is exact; so are times (RFC 3339 in UTC), places (WKT)
 * and lists (JSON), as SQLite's own functions take them.
 */
export function sqliteType({ type }: ColumnType): 'TEXT' | 'INTEGER' | 'REAL' {
  if (type === 'double precision') return 'REAL';
  return type === 'boolean' || type === 'integer' || type === 'bigint' ? 'INTEGER' : 'TEXT';
}

/** The rows of one mapped table, and how they get there. Within a transaction of the caller's. */
export class TableRows {
  readonly plan: TablePlan;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  readonly #prune: StatementSync;

  constructor(db: DatabaseSync, plan: TablePlan) {
    this.plan = plan;
    const { columns, key, name } = plan;
    const names = columns.map((column) => quoted(column.name)).join(', ');
    const values = columns.map(() => '?').join(', ');
    this.#put = db.prepare(
      `INSERT INTO ${quoted(name)} (${names}) VALUES (${values}) ${onConflict(plan)}`,
    );
    this.#remove = db.prepare(`DELETE FROM ${quoted(name)} WHERE ${quoted(key[0] ?? '')} = ?`);
    const keys = key.map(quoted).join(', ');
    const time = quoted(timeColumn(plan)?.name ?? key[0] ?? '');
    this.#prune = db.prepare(
      `DELETE FROM ${quoted(name)} WHERE (${keys}) IN (SELECT ${keys} FROM ${quoted(name)}
        WHERE ${time} < ? ORDER BY ${time} LIMIT ?)`,
    );
  }

  /** Of an entity: as it is now. Of a reading: a repeat leaves what is there. */
  put(row: Row): void {
    const { columns } = this.plan;
    this.#put.run(...columns.map(({ type }, index) => bound(type, row[index] ?? null)));
  }

  /** The row of an entity that lacks something. */
  remove(entityId: string): void {
    this.#remove.run(entityId);
  }

  /** Rows of readings observed before a time in microseconds, at most `limit`; gives their number. */
  prune(beforeMicros: number, limit: number): number {
    return Number(this.#prune.run(isoMicros(beforeMicros), limit).changes);
  }
}

/** What the rows of a table of readings are pruned by. */
export function timeColumn({ columns }: TablePlan): ColumnPlan | undefined {
  return columns.find(({ field, updates }) => field === 'observedAt' && updates);
}

/** What stays the same is not written again. Another conflict is a refusal, which OR IGNORE would hide. */
function onConflict({ columns, key, rows }: TablePlan): string {
  const target = key.map(quoted).join(', ');
  const others = columns.filter(({ name }) => !key.includes(name)).map(({ name }) => quoted(name));
  if (rows === 'reading' || others.length === 0) return `ON CONFLICT (${target}) DO NOTHING`;
  const set = others.map((name) => `${name} = excluded.${name}`);
  const differs = others.map((name) => `${name} IS NOT excluded.${name}`);
  return `ON CONFLICT (${target}) DO UPDATE SET ${set.join(', ')} WHERE ${differs.join(' OR ')}`;
}

function bound({ type }: ColumnType, cell: Cell): Bound {
  if (cell === null || typeof cell === 'string' || typeof cell === 'bigint') return cell;
  if (typeof cell === 'boolean') return cell ? 1 : 0;
  if (typeof cell === 'number') {
    if (type === 'timestamptz') return isoMicros(cell);
    return type === 'integer' ? BigInt(cell) : cell;
  }
  return 'lat' in cell ? `POINT(${cell.lon} ${cell.lat})` : JSON.stringify(cell);
}
