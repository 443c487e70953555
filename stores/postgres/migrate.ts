import type pg from 'pg';
import { MillraceError } from '../../core/errors.ts';
import type { Database } from './database.ts';
import { migrations, schema } from './migrations.ts';
import { sqlState } from './postgres-failure.ts';

/** One advisory lock for migrations and for the change of the log: `mill` in ASCII. */
const lockKey = 0x6d696c6c;

const newest = Math.max(...migrations.map(({ version }) => version));

/**
 * Brings the tables to what this program knows, or finds them so. Several may call it at once: one migrates, the others
 * wait for it. Rejects with `STORE_NOT_PREPARED` when an administrator has something to do first, and with `STORE_NEWER`.
 */
export async function migrate(database: Database): Promise<void> {
  await database.transaction(async (client) => {
    await lockStore(client);
    const version = await versionOf(client);
    refuseNewer(version, database.server);
    if (version < newest) await apply(client, version, database.server);
    return { commit: true };
  });
}

/** Until the end of the transaction no other process migrates, or ties the store to a log. */
export async function lockStore(client: pg.ClientBase): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock($1)', [lockKey]);
}

/** 0 when there are no tables yet. */
export async function versionOf(client: Pick<pg.ClientBase, 'query'>): Promise<number> {
  const known = await client.query<{ is_there: boolean }>(
    `SELECT to_regclass('${schema}.migrations') IS NOT NULL AS is_there`,
  );
  if (known.rows[0]?.is_there !== true) return 0;
  const { rows } = await client.query<{ version: number | null }>(
    `SELECT max(version) AS version FROM ${schema}.migrations`,
  );
  return rows[0]?.version ?? 0;
}

/** Throws `STORE_NEWER`. */
export function refuseNewer(version: number, server: string): void {
  if (version <= newest) return;
  throw new MillraceError(
    'STORE_NEWER',
    `The tables in ${server} should be of version ${newest} or older; they are of version ${version}. ` +
      'A newer Millrace has migrated them: run that one, or give this one a database of its own.',
  );
}

async function apply(client: pg.ClientBase, version: number, server: string): Promise<void> {
  await ensureSchema(client, server);
  const postgis = await ensurePostgis(client, server);
  await client.query(`SET LOCAL search_path = ${schema}, pg_catalog`);
  await client.query(
    'CREATE TABLE IF NOT EXISTS migrations (version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())',
  );
  for (const migration of migrations) {
    if (migration.version <= version) continue;
    await client.query(migration.sql(postgis));
    await client.query('INSERT INTO migrations (version, name) VALUES ($1, $2)', [
      migration.version,
      migration.name,
    ]);
  }
}

async function ensureSchema(client: pg.ClientBase, server: string): Promise<void> {
  // IF NOT EXISTS would ask for the privilege also when it is there.
  const { rows } = await client.query(
    `SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = '${schema}'`,
  );
  if (rows.length > 0) return;
  await orAskAdministrator(
    client,
    `CREATE SCHEMA ${schema}`,
    ({ user, database }) =>
      `The role ${user} should have a schema in ${server}, or may make one; it may not. ` +
      `An administrator must run in the database ${database}: CREATE SCHEMA ${schema} AUTHORIZATION ${user};`,
  );
}

/** Gives the schema that PostGIS stands in, quoted. */
async function ensurePostgis(client: pg.ClientBase, server: string): Promise<string> {
  const found = await postgisSchema(client);
  if (found !== undefined) return found;
  await orAskAdministrator(
    client,
    'CREATE EXTENSION postgis SCHEMA public',
    ({ user, database }, detail) =>
      `The database ${server} should have PostGIS, and the role ${user} can't add it (${detail}). ` +
      `An administrator must run in the database ${database}: CREATE EXTENSION postgis SCHEMA public; ` +
      "(the server needs PostGIS's files: the image postgis/postgis has them, Debian's package is postgresql-NN-postgis-3).",
  );
  return (await postgisSchema(client)) ?? 'public';
}

/** Undefined when the database doesn't have PostGIS. */
export async function postgisSchema(
  client: Pick<pg.ClientBase, 'query'>,
): Promise<string | undefined> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT quote_ident(n.nspname) AS name FROM pg_catalog.pg_extension e
      JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'postgis'`,
  );
  return rows[0]?.name;
}

interface Who {
  readonly user: string;
  readonly database: string;
}

/** Runs a statement; what the role may not do an administrator is asked for: `STORE_NOT_PREPARED`. */
export async function orAskAdministrator(
  client: pg.ClientBase,
  statement: string,
  ask: (who: Who, detail: string) => string,
): Promise<void> {
  const { rows } = await client.query<Who>(
    'SELECT quote_ident(current_user) AS user, quote_ident(current_database()) AS database',
  );
  const who = rows[0] ?? { user: '', database: '' };
  try {
    await client.query(statement);
  } catch (error) {
    const state = sqlState(error);
    // Not privileged; or the server hasn't the extension's files (0A000, 58P01, 22023 by version).
    if (state === undefined || !['42501', '0A000', '58P01', '22023'].includes(state)) throw error;
    const detail = error instanceof Error ? error.message : String(error);
    throw new MillraceError('STORE_NOT_PREPARED', ask(who, detail), { cause: error });
  }
}
