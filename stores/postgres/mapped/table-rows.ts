import type pg from 'pg';
import type { ColumnType } from '../../../core/tables/column-type.ts';
import type { ColumnPlan, TablePlan } from '../../../core/tables/table-plan.ts';
import { isoMicros } from '../../tables/iso-micros.ts';
import type { Row } from '../../tables/table-projection.ts';
import type { Cell } from '../../tables/to-cell.ts';
import { arrayText } from '../array-text.ts';
import { BinaryArray } from '../binary-array.ts';
import { quoted, sqlType } from './table-names.ts';

/** The rows of one mapped table, and how they get there. */
export class TableRows {
  readonly plan: TablePlan;
  readonly #name: string;
  readonly #insert: string;
  readonly #delete: string;
  readonly #prune: string;

  /** `name`: as a statement has it. `postgis`: the schema of the extension, quoted. */
  constructor(plan: TablePlan, name: string, postgis: string) {
    this.plan = plan;
    this.#name = name;
    this.#insert = insertStatement(plan, name, postgis);
    const [keyColumn = ''] = plan.key;
    this.#delete = `DELETE FROM ${name} WHERE ${quoted(keyColumn)} = ANY($1::text[])`;
    const time = plan.columns.find(({ field, updates }) => field === 'observedAt' && updates);
    const key = plan.key.map(quoted).join(', ');
    this.#prune = `DELETE FROM ${name} WHERE (${key}) IN (SELECT ${key} FROM ${name}
      WHERE ${quoted(time?.name ?? '')} < $1 ORDER BY ${quoted(time?.name ?? '')} LIMIT $2)`;
  }

  /** Of entities: as they are now. Of readings: a repeat leaves what is there. */
  async write(client: pg.ClientBase, rows: readonly Row[]): Promise<void> {
    if (rows.length === 0) return;
    const arrays = this.plan.columns.map(({ type }, index) => {
      const array = new BinaryArray('text');
      for (const row of rows) array.addText(cellText(type, row[index] ?? null));
      return array.finish();
    });
    await client.query({ name: `${this.#name}-insert`, text: this.#insert, values: arrays });
  }

  /** Rows of entities that lack something. */
  async remove(client: pg.ClientBase, entityIds: readonly string[]): Promise<void> {
    if (entityIds.length > 0) await client.query(this.#delete, [entityIds]);
  }

  /** Rows of readings observed before a time in microseconds, at most `limit`; gives their number. */
  async prune(client: pg.ClientBase, beforeMicros: number, limit: number): Promise<number> {
    const before = new Date(Math.floor(beforeMicros / 1000)).toISOString();
    return (await client.query(this.#prune, [before, limit])).rowCount ?? 0;
  }
}

function insertStatement(plan: TablePlan, name: string, postgis: string): string {
  const { columns, key, rows } = plan;
  const arrays = columns.map((_, index) => `$${index + 1}::text[]`);
  const selected = columns.map(({ type }, index) => `r.c${index}::${sqlType(type, postgis)}`);
  const insert = `INSERT INTO ${name} AS t (${columns.map((column) => quoted(column.name)).join(', ')})
    SELECT ${selected.join(', ')} FROM unnest(${arrays.join(', ')}) AS r(${columns.map((_, index) => `c${index}`).join(', ')})`;
  const nothing = `ON CONFLICT (${key.map(quoted).join(', ')}) DO NOTHING`;
  return `${insert} ${rows === 'reading' ? nothing : onConflict(columns, key)}`;
}

/** What stays the same is not written again. */
export function onConflict(columns: readonly ColumnPlan[], key: readonly string[]): string {
  const target = key.map(quoted).join(', ');
  const others = columns.filter(({ name }) => !key.includes(name));
  if (others.length === 0) return `ON CONFLICT (${target}) DO NOTHING`;
  const set = others.map(({ name }) => `${quoted(name)} = excluded.${quoted(name)}`);
  const differs = others.map(({ name, type }) => {
    // The operators of PostGIS may stand in a schema that is not searched.
    const cast = type.type === 'geography' ? '::text' : '';
    return `t.${quoted(name)}${cast} IS DISTINCT FROM excluded.${quoted(name)}${cast}`;
  });
  return `ON CONFLICT (${target}) DO UPDATE SET ${set.join(', ')} WHERE ${differs.join(' OR ')}`;
}

/** As the type's input function reads it. */
function cellText({ type }: ColumnType, cell: Cell): string | null {
  if (cell === null || typeof cell === 'string') return cell;
  if (type === 'timestamptz') return isoMicros(Number(cell));
  if (typeof cell !== 'object') return String(cell);
  return 'lat' in cell ? `SRID=4326;POINT(${cell.lon} ${cell.lat})` : arrayText(cell);
}
