import type pg from 'pg';
import type { Offsets } from '../../core/log/event-log.ts';
import type { SinkAccount, SinkCount } from '../store.ts';
import type { Tables } from './tables.ts';

type Queryable = Pick<pg.ClientBase, 'query'>;

/** Within a transaction that sees one state of the database; or the two may be of different moments. */
export async function readAccount(client: Queryable, tables: Tables): Promise<SinkAccount> {
  const { rows } = await client.query<Record<string, string>>(
    `SELECT source, sum(stored) AS stored, sum(expired) AS expired, sum(dead_lettered) AS dead_lettered
      FROM ${tables.counts} GROUP BY source ORDER BY source`,
  );
  const sources: Record<string, SinkCount> = {};
  for (const row of rows)
    sources[String(row.source)] = {
      stored: Number(row.stored),
      expired: Number(row.expired),
      deadLettered: Number(row.dead_lettered),
    };
  return { offsets: await readOffsets(client, tables), sources };
}

export async function readOffsets(client: Queryable, tables: Tables): Promise<Offsets> {
  const { rows } = await client.query<{ topic: string; partition: number; next_offset: string }>(
    `SELECT topic, partition, next_offset FROM ${tables.offsets}`,
  );
  const offsets: Record<string, Record<number, number>> = {};
  for (const { topic, partition, next_offset } of rows) {
    const ofTopic = offsets[topic] ?? {};
    ofTopic[partition] = Number(next_offset);
    offsets[topic] = ofTopic;
  }
  return offsets;
}
