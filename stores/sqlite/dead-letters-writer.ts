import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { parseMark } from '../../core/dead-letters/dead-letter-mark.ts';
import { readLetter } from '../dead-letters/read-letter.ts';
import { OffsetBook } from './offset-book.ts';
import type { UnpackedBatch } from './packed-batch.ts';

/** Puts batches of `deadletters.v1` and `deadletters.marks.v1` into the store. Lives in the writer's thread. */
export class DeadLettersWriter {
  readonly #db: DatabaseSync;
  readonly #offsets: OffsetBook;
  readonly #insert: StatementSync;
  readonly #count: StatementSync;
  readonly #mark: StatementSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#offsets = new OffsetBook(db);
    // The same failure of the same bytes is one dead letter, with the time when it was seen last.
    this.#insert = db.prepare(
      `INSERT INTO dead_letters (id, source, stage, reason, detail, place, topic, content_type, bytes, total_bytes,
          sha256, event_id, received_at, dead_at, part, parts)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET dead_at = max(dead_at, excluded.dead_at)`,
    );
    this.#count = db.prepare(
      'INSERT INTO ingress_counts VALUES (?, 1) ON CONFLICT DO UPDATE SET dead_lettered = dead_lettered + 1',
    );
    // The same whatever comes first: partitions are read side by side, and a rebuild reads them again.
    this.#mark = db.prepare(
      `INSERT INTO dead_letter_marks AS m VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
        state = excluded.state, dead_at = excluded.dead_at, at = excluded.at, action = excluded.action,
        reason = excluded.reason WHERE (excluded.dead_at, excluded.at) > (m.dead_at, m.at)`,
    );
  }

  write(batch: UnpackedBatch, nowMicros: number): void {
    this.#inTransaction(batch, (index) => this.#writeOne(batch.value(index), nowMicros));
  }

  writeMarks(batch: UnpackedBatch): void {
    this.#inTransaction(batch, (index) => {
      const mark = parseMark(batch.value(index));
      if (mark === undefined) return;
      this.#mark.run(mark.id, mark.state, mark.deadAt, mark.at, mark.action, mark.reason);
    });
  }

  #inTransaction(batch: UnpackedBatch, writeOne: (index: number) => void): void {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const next = this.#offsets.next(batch.topic, batch.partition);
      for (let index = 0; index < batch.count; index++)
        if (batch.offset(index) >= next) writeOne(index);
      if (batch.nextOffset > next)
        this.#offsets.move(batch.topic, batch.partition, batch.nextOffset);
      this.#db.exec('COMMIT');
    } finally {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
    }
  }

  #writeOne(value: Buffer, nowMicros: number): void {
    const letter = readLetter(value, { name: 'sqlite-sink', nowMicros });
    this.#insert.run(
      letter.id,
      letter.source,
      letter.stage,
      letter.reason,
      letter.detail,
      letter.place,
      letter.topic,
      letter.contentType,
      letter.bytes,
      letter.totalBytes,
      letter.sha256,
      letter.eventId,
      letter.receivedAt,
      letter.deadAt,
      letter.part,
      letter.parts,
    );
    // Each record counts, also a second one of the same failure: ingress counted both.
    if (letter.stage === 'ingress') this.#count.run(letter.source);
  }
}
