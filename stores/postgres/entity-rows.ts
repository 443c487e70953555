import type pg from 'pg';
import { emptyState } from '../latest-state.ts';
import { arrayText } from './array-text.ts';
import { BinaryArray, type ElementType, textArray } from './binary-array.ts';
import type { HeldEntity } from './entity-cache.ts';
import { micros } from './micros.ts';
import { fromColumns, type StateRow, toColumns } from './state-columns.ts';
import type { Tables } from './tables.ts';

/** The columns of a row as `unnest` takes them, in this order. */
const types = {
  entity_type: 'text',
  entity_id: 'text',
  source: 'text',
  observed_at: 'timestamptz',
  received_at: 'timestamptz',
  numbers: 'jsonb',
  flags: 'jsonb',
  texts: 'jsonb',
  tags: 'jsonb',
  lat: 'float8',
  lon: 'float8',
  altitude: 'float8',
  zones: 'text',
  field_times: 'jsonb',
  stamps: 'text',
  version: 'int8',
} as const satisfies Record<string, ElementType>;

type Column = keyof typeof types;
const columns = Object.entries(types) as [Column, ElementType][];
const names = columns.map(([name]) => name);
const arrays = columns.map(([, type], index) => `$${index + 1}::${type}[]`);
// Arrays of several rows can't be unnested one each: a row's zones come as the text of an array.
const selected = names.map((name) => (name === 'zones' ? 'r.zones::text[]' : `r.${name}`));
const updated = names.slice(2).map((name) => `${name} = excluded.${name}`);

type EntityRow = StateRow & { entity_type: string; entity_id: string; version: string };

/** The rows of entities, and how they get there. */
export class EntityRows {
  readonly #upsert: string;
  readonly #select: string;
  readonly #page: string;
  readonly #name: string;

  constructor(tables: Tables) {
    this.#name = tables.entities;
    this.#upsert = `INSERT INTO ${tables.entities} AS e (${names.join(', ')})
      SELECT ${selected.join(', ')} FROM unnest(${arrays.join(', ')}) AS r(${names.join(', ')})
      ON CONFLICT (entity_type, entity_id) DO UPDATE SET ${updated.join(', ')}
      WHERE e.version = excluded.version - 1`;
    const stored = `e.entity_type, e.entity_id, e.source, ${micros('e.received_at')} AS received_at, e.numbers,
      e.flags, e.texts, e.tags, e.lat, e.lon, e.altitude, e.zones, e.stamps, e.version`;
    this.#page = `SELECT ${stored} FROM ${tables.entities} e
      WHERE e.entity_type = $1 AND e.entity_id > $2 ORDER BY e.entity_id LIMIT $3`;
    this.#select = `SELECT ${stored} FROM unnest($1::text[], $2::text[]) AS k(entity_type, entity_id)
      JOIN ${tables.entities} e ON e.entity_type = k.entity_type AND e.entity_id = k.entity_id`;
  }

  /**
   * Fetches entities; those that have no row come empty. `lock`: nobody else changes them until the transaction ends;
   * `wanted` must then be sorted, so that two transactions don't wait for each other.
   */
  async load(
    client: pg.ClientBase,
    wanted: readonly { readonly entityType: string; readonly entityId: string }[],
    options: { readonly lock: boolean },
  ): Promise<HeldEntity[]> {
    if (wanted.length === 0) return [];
    const { rows } = await client.query<EntityRow>({
      name: `${this.#name}-load${options.lock ? '-locked' : ''}`,
      text: this.#select + (options.lock ? ' ORDER BY 1, 2 FOR UPDATE OF e' : ''),
      values: [
        textArray(wanted.map(({ entityType }) => entityType)),
        textArray(wanted.map(({ entityId }) => entityId)),
      ],
    });
    const found = new Map(rows.map((row) => [`${row.entity_type}/${row.entity_id}`, row]));
    return wanted.map(({ entityType, entityId }) => {
      const row = found.get(`${entityType}/${entityId}`);
      const state = row === undefined ? emptyState() : fromColumns(row);
      return { entityType, entityId, state, version: Number(row?.version ?? 0) };
    });
  }

  /** Entities of a type by their ids, from the one after `after` on. */
  async page(
    client: pg.ClientBase,
    entityType: string,
    { after = '', limit }: { readonly after?: string; readonly limit: number },
  ): Promise<HeldEntity[]> {
    const { rows } = await client.query<EntityRow>(this.#page, [entityType, after, limit]);
    return rows.map((row) => ({
      entityType,
      entityId: row.entity_id,
      state: fromColumns(row),
      version: Number(row.version),
    }));
  }

  /**
   * Writes the entities as the next version of themselves. False when somebody else has written one of them since it was
   * loaded: then the transaction is to be taken back.
   */
  async upsert(client: pg.ClientBase, entities: readonly HeldEntity[]): Promise<boolean> {
    if (entities.length === 0) return true;
    const { rowCount } = await client.query({
      name: `${this.#name}-upsert`,
      text: this.#upsert,
      values: toArrays(entities),
    });
    for (const entity of entities) entity.version++;
    return rowCount === entities.length;
  }
}

function toArrays(entities: readonly HeldEntity[]): Buffer[] {
  const made = columns.map(([name, type]) => [name, new BinaryArray(type)] as const);
  const to = Object.fromEntries(made) as Record<Column, BinaryArray>;
  for (const { entityType, entityId, state, version } of entities) {
    const json = toColumns(state);
    const position = state.position?.value ?? null;
    to.entity_type.addText(entityType);
    to.entity_id.addText(entityId);
    to.source.addText(state.source);
    to.observed_at.addInteger(state.head.observedAt);
    to.received_at.addInteger(state.receivedAt);
    to.numbers.addText(json.numbers);
    to.flags.addText(json.flags);
    to.texts.addText(json.texts);
    to.tags.addText(json.tags);
    to.lat.addDouble(position?.lat ?? null);
    to.lon.addDouble(position?.lon ?? null);
    to.altitude.addDouble(position?.altitude ?? null);
    to.zones.addText(arrayText(state.zones?.value ?? []));
    to.field_times.addText(json.fieldTimes);
    to.stamps.addText(json.stamps);
    to.version.addInteger(version + 1);
  }
  return made.map(([, array]) => array.finish());
}
