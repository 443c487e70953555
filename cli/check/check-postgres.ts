import pg from 'pg';
import type { TablePlan } from '../../core/tables/table-plan.ts';
import { planTables } from '../../stores/postgres/mapped/plan-tables.ts';
import { attempt, type ConnectCheck, Fault } from './connect-check.ts';

const whenSilent = 'Check MILLRACE_POSTGRES_URL, and that PostgreSQL runs and listens there.';
const oldestVersion = 15;

/** What is asked in one statement. */
interface Standing {
  readonly version: string;
  readonly version_number: number;
  readonly role: string;
  readonly database: string;
  readonly encrypted: boolean | null;
  readonly postgis: string | null;
  readonly postgis_available: string | null;
  readonly may_create: boolean;
  readonly has_schema: boolean;
  readonly may_use_schema: boolean | null;
  readonly forbidden: string | null;
  readonly tables: number;
}

const question = `SELECT
  current_setting('server_version') AS version,
  current_setting('server_version_num')::int AS version_number,
  quote_ident(current_user) AS role, quote_ident(current_database()) AS database,
  (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()) AS encrypted,
  (SELECT extversion FROM pg_extension WHERE extname = 'postgis') AS postgis,
  (SELECT default_version FROM pg_available_extensions WHERE name = 'postgis') AS postgis_available,
  has_database_privilege(current_database(), 'CREATE') AS may_create,
  EXISTS (SELECT FROM pg_namespace WHERE nspname = 'millrace') AS has_schema,
  (SELECT has_schema_privilege(oid, 'USAGE') AND has_schema_privilege(oid, 'CREATE')
    FROM pg_namespace WHERE nspname = 'millrace') AS may_use_schema,
  (SELECT string_agg(c.relname, ', ' ORDER BY c.relname) FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'millrace' AND c.relkind IN ('r', 'p')
    AND NOT (has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')
      AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE'))) AS forbidden,
  (SELECT count(*)::int FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'millrace' AND c.relkind IN ('r', 'p')) AS tables`;

/**
 * That PostgreSQL answers, is new enough, has PostGIS or can get it, lets this role do what is needed, and has no table
 * that a mapped one can't be made of.
 */
export function checkPostgres(
  url: string,
  mapped: readonly TablePlan[] = [],
): Promise<ConnectCheck> {
  const { host, pathname } = new URL(url);
  return attempt(
    `PostgreSQL ${host}${pathname}`,
    async (signal) => {
      const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
      client.on('error', () => undefined);
      signal.addEventListener('abort', () => void client.end().catch(() => undefined));
      try {
        await client.connect();
        const { rows } = await client.query<Standing>(question);
        const [standing] = rows;
        if (standing === undefined) throw new Fault('it answers nothing to a question.');
        const verdict = judge(standing);
        await planTables(client, mapped, `${host}${pathname}`);
        return verdict;
      } catch (error) {
        throw refusal(error);
      } finally {
        await client.end().catch(() => undefined);
      }
    },
    whenSilent,
  );
}

function judge(standing: Standing): string {
  const { version, role, database, postgis, tables } = standing;
  if (standing.version_number < oldestVersion * 10_000)
    throw new Fault(
      `it is PostgreSQL ${version}; ${oldestVersion} or newer is needed. Upgrade it.`,
    );
  if (postgis === null && standing.postgis_available === null)
    throw new Fault(
      "it has no PostGIS to install. Install the server's package (postgresql-NN-postgis-3), or use the image postgis/postgis.",
    );
  if (!standing.has_schema && !standing.may_create)
    throw new Fault(
      `role ${role} may not make the schema. An administrator must run in ${database}: CREATE SCHEMA millrace AUTHORIZATION ${role};`,
    );
  if (standing.may_use_schema === false)
    throw new Fault(
      `role ${role} may not use the schema millrace. An administrator must run in ${database}: GRANT USAGE, CREATE ON SCHEMA millrace TO ${role};`,
    );
  if (standing.forbidden !== null)
    throw new Fault(
      `role ${role} may not read and write ${standing.forbidden}. An administrator must run in ${database}: GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA millrace TO ${role};`,
    );
  return [
    `PostgreSQL ${version.split(' ')[0]}`,
    postgis === null
      ? `PostGIS ${standing.postgis_available} can be added (CREATE EXTENSION postgis; the start tries)`
      : `PostGIS ${postgis}`,
    tables === 0 ? 'no tables yet: the start makes them' : `${tables} tables`,
    `role ${role}${standing.encrypted === true ? ', encrypted' : ''}`,
  ].join('; ');
}

/** SQLSTATE classes 28 (credentials) and 3D (no such database) are what people get wrong. */
function refusal(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError)) return error;
  const { code = '', message } = error;
  if (code.startsWith('28'))
    return new Fault(
      `it refuses the role: ${message}. Check user and password in MILLRACE_POSTGRES_URL, and pg_hba.conf there.`,
    );
  if (code === '3D000')
    return new Fault(
      `${message}. Make it (CREATE DATABASE), or name another in MILLRACE_POSTGRES_URL.`,
    );
  return new Fault(`${message} (SQLSTATE ${code}).`);
}
