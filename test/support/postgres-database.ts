import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { startPostgres } from './servers/start-postgres.ts';

export interface TestDatabase {
  /** As its owner, a superuser. */
  readonly url: string;
  query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>;
  remove(): Promise<void>;
}

/** An empty database of its own for a test, on the shared server or another. `template0`: without PostGIS. */
export async function makeDatabase(
  options: { readonly server?: string; readonly template?: 'template_postgis' | 'template0' } = {},
): Promise<TestDatabase> {
  const server = options.server ?? (await startPostgres()).url;
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await statement(
    server,
    `CREATE DATABASE ${name} TEMPLATE ${options.template ?? 'template_postgis'}`,
  );
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    query: (sql, values) => statement(url.href, sql, values),
    remove: async () => {
      await statement(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

/** On a connection of its own. */
export async function statement<Row extends pg.QueryResultRow>(
  url: string,
  sql: string,
  values?: unknown[],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  // Ended by the server, when a test stops it.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}
