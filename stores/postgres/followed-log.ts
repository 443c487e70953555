import type { Database } from './database.ts';
import { lockStore } from './migrate.ts';
import { schema } from './migrations.ts';
import { servingTables } from './tables.ts';

/**
 * Ties the store to the log that its offsets belong to. When it followed another one, offsets and counts begin anew; the
 * rows stay, since repeats are harmless. Registers have the other log's offsets and go.
 */
export async function followLog(database: Database, logId: string): Promise<void> {
  await database.transaction(async (client) => {
    await lockStore(client);
    const { rows } = await client.query<{ value: string }>(
      `SELECT value FROM ${schema}.meta WHERE name = 'log'`,
    );
    const followed = rows[0]?.value;
    if (followed === logId) return { commit: false };
    if (followed !== undefined) {
      const { offsets, counts, ingress_counts } = servingTables;
      for (const table of [offsets, counts, ingress_counts, `${schema}.registers`])
        await client.query(`DELETE FROM ${table}`);
    }
    await client.query(
      `INSERT INTO ${schema}.meta VALUES ('log', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
      [logId],
    );
    return { commit: true };
  });
}
