import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { readingCodec } from '../../core/codec.ts';
import { sourceOf } from '../../core/ledger/source-of.ts';
import { schemaById } from '../../core/schemas.ts';
import { mergeReading } from '../latest-state.ts';
import type { Refusal } from '../store.ts';
import { Tally } from '../tally.ts';
import { EntityCache } from './entity-cache.ts';
import type { MappedTables } from './mapped/mapped-tables.ts';
import { OffsetBook } from './offset-book.ts';
import type { UnpackedBatch } from './packed-batch.ts';
import { bodyStart, schemaIdOf } from './reading-body.ts';
import { addCounts, type CountBook } from './source-counts.ts';
import { isRefusal } from './sqlite-failure.ts';

export interface WriteRequest {
  readonly batch: UnpackedBatch;
  /** Indexes that the caller has made dead letters of. */
  readonly setAside: ReadonlySet<number>;
  /** Microseconds; readings observed before it are expired. */
  readonly expiredBefore: number;
}

/** Puts batches of readings into history and latest. Lives in the writer's thread. */
export class ReadingsWriter {
  readonly #db: DatabaseSync;
  readonly #entities: EntityCache;
  readonly #mapped: MappedTables;
  readonly #offsets: OffsetBook;
  readonly #counts: CountBook;
  readonly #addHistory: StatementSync;
  readonly #addOrigin: StatementSync;
  readonly #getOrigin: StatementSync;
  readonly #addTotal: StatementSync;
  readonly #dataVersion: StatementSync;
  readonly #origins = new Map<string, number>();
  #seenDataVersion = -1;

  constructor(db: DatabaseSync, mapped: MappedTables, maxEntities: number) {
    this.#db = db;
    this.#mapped = mapped;
    this.#entities = new EntityCache(db, maxEntities);
    this.#offsets = new OffsetBook(db);
    this.#counts = addCounts(db);
    // Only a repeat is passed over; every other conflict is a refusal, which OR IGNORE would hide.
    this.#addHistory = db.prepare(
      `INSERT INTO history VALUES (?, ?, ?, ?, ?) ON CONFLICT (entity, observed_at, event_id) DO NOTHING`,
    );
    this.#addOrigin = db.prepare(
      'INSERT INTO origins (source, schema_id) VALUES (?, ?) ON CONFLICT DO NOTHING',
    );
    this.#getOrigin = db.prepare('SELECT id FROM origins WHERE source = ? AND schema_id = ?');
    this.#addTotal = db.prepare("UPDATE meta SET value = value + ? WHERE name = 'readings'");
    this.#dataVersion = db.prepare('PRAGMA data_version');
  }

  /** One transaction: all of the batch, or, when records are refused, nothing and the refusals. */
  write(request: WriteRequest): readonly Refusal[] {
    const { batch } = request;
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      this.#forgetIfOthersWrote();
      const first = this.#firstNew(batch);
      const tally = new Tally();
      const refusals = this.#attempt(request, first, batch.count, tally);
      if (refusals.length > 0) return refusals;
      this.#counts.add(tally);
      if (tally.rows > 0) this.#addTotal.run(tally.rows);
      if (batch.nextOffset > this.#offsets.next(batch.topic, batch.partition))
        this.#offsets.move(batch.topic, batch.partition, batch.nextOffset);
      this.#db.exec('COMMIT');
      return [];
    } finally {
      if (this.#db.isTransaction) this.#rollback();
    }
  }

  /** Counts readings that came never, because the log held them no longer (`millrace rebuild`). */
  countExpired(sources: Readonly<Record<string, number>>): void {
    const tally = new Tally();
    for (const source in sources) tally.expired(source, sources[source]);
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      this.#counts.add(tally);
      this.#db.exec('COMMIT');
    } finally {
      if (this.#db.isTransaction) this.#rollback();
    }
  }

  /** The whole range at once; when the database refuses something in it, one after the other to find what. */
  #attempt(request: WriteRequest, from: number, to: number, tally: Tally): Refusal[] {
    try {
      this.#apply(request, from, to, tally);
      return [];
    } catch (error) {
      if (!isRefusal(error)) throw error;
      this.#forget();
      this.#db.exec('ROLLBACK; BEGIN IMMEDIATE');
      const refusals = this.#search(request, from, to);
      // Refused once and not again: the counts would lack what the search has written.
      if (refusals.length === 0) throw error;
      return refusals;
    }
  }

  /**
   * Halves the range until what is refused stands alone. The good halves stay for the time of the search, so that
   * each record is tried on what came before it; the caller rolls all of it back.
   */
  #search(request: WriteRequest, from: number, to: number): Refusal[] {
    this.#db.exec('SAVEPOINT attempt');
    try {
      this.#apply(request, from, to, new Tally());
      this.#db.exec('RELEASE attempt');
      return [];
    } catch (error) {
      if (!isRefusal(error)) throw error;
      this.#forget();
      this.#db.exec('ROLLBACK TO attempt; RELEASE attempt');
      if (to - from === 1) return [{ index: from, detail: error.message }];
    }
    const middle = (from + to) >>> 1;
    return [...this.#search(request, from, middle), ...this.#search(request, middle, to)];
  }

  #apply(request: WriteRequest, from: number, to: number, tally: Tally): void {
    const { batch, setAside, expiredBefore } = request;
    for (let index = from; index < to; index++) {
      const value = batch.value(index);
      if (setAside.has(index)) tally.deadLettered(sourceOf(value));
      else this.#applyReading(value, expiredBefore, tally);
    }
    this.#entities.flush();
    this.#mapped.flush();
  }

  #applyReading(value: Buffer, expiredBefore: number, tally: Tally): void {
    const reading = readingCodec.decode(value);
    if (reading.observedAt < expiredBefore) {
      tally.expired(reading.source);
      return;
    }
    this.#mapped.set.check(reading);
    const entity = this.#entities.get(reading.entityType, reading.entityId);
    const added = this.#addHistory.run(
      entity.id,
      reading.observedAt,
      reading.eventId,
      this.#originOf(reading.source, schemaIdOf(value)),
      value.subarray(bodyStart(value)),
    );
    mergeReading(entity.state, reading, this.#mapped.set.firstsOf(reading.entityType));
    this.#mapped.take(reading, entity.state);
    this.#entities.touch(entity);
    tally.stored(reading.source, Number(added.changes));
  }

  #originOf(source: string, schemaId: number): number {
    const name = `${schemaId}/${source}`;
    let id = this.#origins.get(name);
    if (id === undefined) {
      // The built-in id, so that history can be read without the outside registry that gave the record its own.
      const builtInId = schemaById(schemaId)?.id ?? schemaId;
      this.#addOrigin.run(source, builtInId);
      id = Number(this.#getOrigin.get(source, builtInId)?.id);
      this.#origins.set(name, id);
    }
    return id;
  }

  #firstNew(batch: UnpackedBatch): number {
    const next = this.#offsets.next(batch.topic, batch.partition);
    let first = 0;
    while (first < batch.count && batch.offset(first) < next) first++;
    return first;
  }

  #forgetIfOthersWrote(): void {
    const version = Number(this.#dataVersion.get()?.data_version);
    if (version === this.#seenDataVersion) return;
    this.#seenDataVersion = version;
    this.#forget();
  }

  #rollback(): void {
    this.#forget();
    this.#db.exec('ROLLBACK');
  }

  /** What is in memory may say more than the file. */
  #forget(): void {
    this.#entities.clear();
    this.#mapped.forget();
    this.#origins.clear();
  }
}
