import type { RegisterEntry } from '../../core/model.ts';
import type { Database } from './database.ts';
import { schema } from './migrations.ts';
import { isRefusal } from './postgres-failure.ts';

/** An entry of `registers.v1` with the offset of its record. */
export interface OffsetEntry {
  readonly entry: RegisterEntry;
  readonly offset: number;
}

export interface GoneEntry {
  readonly register: string;
  readonly key: string;
  /** Of the record that it had; a row of a later record stays. */
  readonly offset: number;
}

const upsert = `INSERT INTO ${schema}.registers AS r
    (register, key, numbers, flags, texts, lat, lon, altitude, geometry, log_offset)
  SELECT e.register, e.key, e.numbers, e.flags, e.texts, (e.position->>'lat')::float8, (e.position->>'lon')::float8,
    (e.position->>'altitude')::float8, e.geometry::jsonb, e.log_offset
  FROM jsonb_to_recordset($1::jsonb) AS e (register text, key text, numbers jsonb, flags jsonb, texts jsonb,
    position jsonb, geometry text, log_offset bigint) ORDER BY e.register, e.key
  ON CONFLICT (register, key) DO UPDATE SET numbers = excluded.numbers, flags = excluded.flags, texts = excluded.texts,
    lat = excluded.lat, lon = excluded.lon, altitude = excluded.altitude, geometry = excluded.geometry,
    log_offset = excluded.log_offset
  WHERE r.log_offset < excluded.log_offset`;

/**
 * The table `registers`. Every sink writes all of it, as it stands in the log; a row knows the offset of its record, so
 * that one that lags takes nothing back.
 */
export class RegistersWriter {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Takes over the whole register topic as it was read up to `endOffset`: rows of records before it that are not among
   * the entries are deleted. Gives the entries that the database refused.
   */
  async replaceAll(entries: readonly OffsetEntry[], endOffset: number): Promise<OffsetEntry[]> {
    const refused = await this.put(entries);
    const keys = entries.map(({ entry: { register, key } }) => ({ register, key }));
    await this.#database.query({
      text: `DELETE FROM ${schema}.registers r WHERE r.log_offset < $1 AND NOT EXISTS (
        SELECT 1 FROM jsonb_to_recordset($2::jsonb) AS e (register text, key text)
        WHERE e.register = r.register AND e.key = r.key)`,
      values: [endOffset, JSON.stringify(keys)],
    });
    return refused;
  }

  /** Gives the entries that the database refused, each alone. */
  async put(entries: readonly OffsetEntry[]): Promise<OffsetEntry[]> {
    if (entries.length === 0) return [];
    const rows = entries.map(({ entry, offset }) => ({ ...entry, log_offset: offset }));
    try {
      await this.#database.query({ text: upsert, values: [JSON.stringify(rows)] });
      return [];
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (entries.length === 1) return [...entries];
    }
    const middle = entries.length >>> 1;
    const before = await this.put(entries.slice(0, middle));
    return [...before, ...(await this.put(entries.slice(middle)))];
  }

  async remove(gone: readonly GoneEntry[]): Promise<void> {
    if (gone.length === 0) return;
    await this.#database.query({
      text: `DELETE FROM ${schema}.registers r USING jsonb_to_recordset($1::jsonb)
        AS e (register text, key text, "offset" bigint)
        WHERE e.register = r.register AND e.key = r.key AND r.log_offset <= e."offset"`,
      values: [JSON.stringify(gone)],
    });
  }
}
