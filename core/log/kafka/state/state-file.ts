import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SpaceName, StateBackend } from '../../state/state-cache.ts';
import { eachKey, eachPut, PackBuffer } from '../../state/state-pack.ts';

/** Entries that one sweep looks at. */
const sweepEntries = 2000;
/**
 * What is written waits so long to be committed to the file: keys are spread over its pages, so that many puts together
 * write each page once. A crash loses them with their positions, and they are read from the changelog again.
 */
const commitDelayMs = 5000;

/** The state of one partition of a group as this file has it. */
export interface LocalPartition {
  /** Of the changelog, as far as it is in the file. */
  readonly position: number;
  readonly writtenMs: number;
}

/** An entry that is to go: expired, or of a version that is not in use. */
export interface DeadEntry {
  readonly space: number;
  readonly step: string;
  readonly version: number;
  readonly key: string;
}

/**
 * What this process holds of the state of its partitions: a copy of their changelogs, never the truth. It may be
 * removed at any time and is then read from the changelogs. Synchronous, and called between batches only.
 *
 * One transaction holds what all partitions wrote for a while: reads see it, and the file is written every few
 * seconds instead of with every batch. When it is lost, every partition has to be opened again.
 */
export class StateFile implements StateBackend {
  readonly #database: DatabaseSync;
  readonly #end: () => void;
  readonly #partitions = new Map<string, number>();
  readonly #get: StatementSync;
  readonly #put: StatementSync;
  readonly #delete: StatementSync;
  readonly #setPosition: StatementSync;
  readonly #sweep: StatementSync;
  readonly #reply = new PackBuffer();
  readonly #sweepAt = new Map<number, { space: number; key: Uint8Array }>();
  /** Not in the file yet, by partition. */
  readonly #positions = new Map<number, { position: number; nowMs: number }>();
  readonly #openSpaces = new Set<number>();
  #committing: NodeJS.Timeout | undefined;
  #lostBecause: unknown;

  constructor(database: DatabaseSync, end: () => void) {
    this.#database = database;
    this.#end = end;
    this.#get = database.prepare('SELECT value FROM state WHERE space = ? AND key = ?');
    this.#put = database.prepare(
      'REPLACE INTO state (space, key, value, expires_ms) VALUES (?, ?, ?, ?)',
    );
    this.#delete = database.prepare('DELETE FROM state WHERE space = ? AND key = ?');
    this.#setPosition = database.prepare(
      'UPDATE partitions SET position = ?, written_ms = ? WHERE id = ?',
    );
    this.#sweep = database.prepare(
      `SELECT space, key, expires_ms, step, version FROM state JOIN spaces ON spaces.id = space
       WHERE partition_id = ? AND (space, key) > (?, ?) ORDER BY space, key LIMIT ?`,
    );
  }

  /** `name` tells the log, the group and the partition. */
  open(name: string): LocalPartition {
    const row = this.#database
      .prepare(
        `INSERT INTO partitions (name, position, written_ms) VALUES (?, 0, 0)
         ON CONFLICT DO UPDATE SET name = name RETURNING id, position, written_ms`,
      )
      .get(name);
    const id = Number(row?.id);
    this.#partitions.set(name, id);
    // Its row tells of what was committed; its entries are those of now.
    const now = this.#positions.get(id);
    if (now) return { position: now.position, writtenMs: now.nowMs };
    return { position: Number(row?.position), writtenMs: Number(row?.written_ms) };
  }

  /** Forgets what it has of a partition, to have it read anew. */
  clear(name: string): void {
    const id = this.#idOf(name);
    this.#write(() => {
      this.#database
        .prepare('DELETE FROM state WHERE space IN (SELECT id FROM spaces WHERE partition_id = ?)')
        .run(id);
      this.#positions.set(id, { position: 0, nowMs: 0 });
    });
  }

  /** Why what it held was lost, last: a full disk, say. */
  get lostBecause(): unknown {
    return this.#lostBecause;
  }

  /** False after what it held was lost, until it is opened again. */
  isOpen(name: string): boolean {
    return this.#partitions.has(name);
  }

  spaceOf(name: string, step: string, version: number): number {
    const row = this.#database
      .prepare(
        `INSERT INTO spaces (partition_id, step, version) VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET version = version RETURNING id`,
      )
      .get(this.#idOf(name), step, version);
    this.#openSpaces.add(Number(row?.id));
    return Number(row?.id);
  }

  async openSpace({ group, partition, step, version }: SpaceName): Promise<number> {
    return this.spaceOf(localName(group, partition), step, version);
  }

  async loadState(space: number, keys: Uint8Array): Promise<Uint8Array> {
    if (!this.#openSpaces.has(space)) throw new Error('The copy of this state was lost.');
    this.#reply.clear();
    eachKey(keys, (key) => {
      this.#reply.addValue(this.#get.get(space, key)?.value as Uint8Array | undefined);
    });
    return this.#reply.take();
  }

  /** Puts as state-pack.ts packs them, and how far the changelog is in the file with them. */
  write(name: string, puts: Uint8Array, position: number, nowMs: number): void {
    const id = this.#idOf(name);
    this.#write(() => {
      eachPut(puts, (space, key, value, expiresAtMs) => {
        if (value === undefined) this.#delete.run(space, key);
        else this.#put.run(space, key, value, expiresAtMs);
      });
      this.#positions.set(id, { position, nowMs });
    });
  }

  /** Looks at the next entries of a partition, going round. `isInUse`: versions of steps that handlers ask for. */
  dead(
    name: string,
    nowMs: number,
    isInUse: (step: string, version: number) => boolean,
  ): DeadEntry[] {
    const id = this.#idOf(name);
    const at = this.#sweepAt.get(id) ?? { space: 0, key: new Uint8Array() };
    const rows = this.#sweep.all(id, at.space, at.key, sweepEntries);
    const last = rows.length === sweepEntries ? rows.at(-1) : undefined;
    if (last) this.#sweepAt.set(id, { space: Number(last.space), key: last.key as Uint8Array });
    else this.#sweepAt.delete(id);
    return rows.flatMap((row) => {
      const [step, version] = [String(row.step), Number(row.version)];
      const isExpired = row.expires_ms !== null && Number(row.expires_ms) <= nowMs;
      if (!isExpired && isInUse(step, version)) return [];
      const key = Buffer.from(row.key as Uint8Array).toString();
      return [{ space: Number(row.space), step, version, key }];
    });
  }

  close(): void {
    // What a full disk doesn't take is read from the changelog again.
    if (this.#committing) this.#commitLater();
    this.#database.close();
    this.#end();
  }

  #idOf(name: string): number {
    const id = this.#partitions.get(name);
    if (id === undefined) throw new Error(`State of ${name} is used before it was opened.`);
    return id;
  }

  #write(work: () => void): void {
    try {
      if (!this.#committing) {
        this.#database.exec('BEGIN IMMEDIATE');
        this.#committing = setTimeout(() => this.#commitLater(), commitDelayMs);
      }
      work();
    } catch (error) {
      this.#lose(error);
      throw error;
    }
  }

  #commit(): void {
    clearTimeout(this.#committing);
    this.#committing = undefined;
    for (const [id, { position, nowMs }] of this.#positions)
      this.#setPosition.run(position, nowMs, id);
    this.#positions.clear();
    this.#database.exec('COMMIT');
  }

  #commitLater(): void {
    try {
      this.#commit();
    } catch (error) {
      // Who uses it next is told that it is to be opened again.
      this.#lose(error);
    }
  }

  #lose(because: unknown): void {
    this.#lostBecause = because;
    clearTimeout(this.#committing);
    this.#committing = undefined;
    this.#positions.clear();
    this.#partitions.clear();
    this.#openSpaces.clear();
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
  }
}

export function localName(group: string, partition: number): string {
  return `${group}/${partition}`;
}
