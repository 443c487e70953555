import type pg from 'pg';
import { schema } from '../migrations.ts';

export interface ColumnShape {
  readonly name: string;
  /** Without a schema: `geography(Point,4326)`. */
  readonly type: string;
  readonly isNotNull: boolean;
  /** The database gives a value itself where a row has none. */
  readonly hasDefault: boolean;
}

/** A table as the database has it. */
export interface TableShape {
  readonly isTable: boolean;
  readonly columns: readonly ColumnShape[];
  /** The columns of each unique index that holds for all rows. */
  readonly keys: readonly (readonly string[])[];
  /** What our role may not do with it. */
  readonly lacks: readonly string[];
}

/** Undefined when there is nothing of that name. */
export async function tableShape(
  client: pg.ClientBase,
  name: string,
): Promise<TableShape | undefined> {
  const { rows } = await client.query<{ oid: string; kind: string; lacks: string[] }>(
    `SELECT c.oid, c.relkind AS kind, ARRAY(SELECT p FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS p
        WHERE NOT has_table_privilege(c.oid, p)) AS lacks
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = $1 AND c.relname = $2`,
    [schema, name],
  );
  const [found] = rows;
  if (found === undefined) return undefined;
  const { oid, kind, lacks } = found;
  return {
    isTable: kind === 'r' || kind === 'p',
    columns: await columnsOf(client, oid),
    keys: await keysOf(client, oid),
    lacks,
  };
}

async function columnsOf(client: pg.ClientBase, oid: string): Promise<ColumnShape[]> {
  const { rows } = await client.query<{
    name: string;
    type: string;
    not_null: boolean;
    has_default: boolean;
  }>(
    `SELECT attname AS name, format_type(atttypid, atttypmod) AS type, attnotnull AS not_null,
        atthasdef OR attidentity <> '' OR attgenerated <> '' AS has_default
      FROM pg_catalog.pg_attribute WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    [oid],
  );
  return rows.map(({ name, type, not_null, has_default }) => ({
    name,
    type: type.replace(/^(?:"[^"]*"|\w+)\./, ''),
    isNotNull: not_null,
    hasDefault: has_default,
  }));
}

async function keysOf(client: pg.ClientBase, oid: string): Promise<string[][]> {
  const { rows } = await client.query<{ columns: string[] }>(
    `SELECT ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)) AS columns
      FROM pg_catalog.pg_index i
      WHERE i.indrelid = $1 AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL
        AND i.indexprs IS NULL AND i.indnkeyatts = i.indnatts`,
    [oid],
  );
  return rows.map(({ columns }) => columns);
}
