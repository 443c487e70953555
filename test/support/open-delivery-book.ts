import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { createEvents } from '../../core/events.ts';
import { openSqliteLog } from '../../core/log/sqlite/open-sqlite-log.ts';
import { deliveriesTopic } from '../../core/topics.ts';
import { DeliveryBook } from '../../services/webhook-ingress/delivery-book.ts';
import { DeliveryDb } from '../../services/webhook-ingress/delivery-db.ts';
import { type FaultyLog, faultyLog } from './faulty-log.ts';

export interface DeliveryBookRoom {
  readonly folder: string;
  readonly log: FaultyLog;
  /** What it knows before the book is opened is put here. */
  readonly db: DeliveryDb;
  readonly book: DeliveryBook;
  /** From `warn` on. */
  readonly logLines: readonly string[];
  close(): Promise<void>;
}

/** A delivery book that is not open yet, which keeps deliveries for a second; `nowMicros` is its clock. */
export async function openDeliveryBook(nowMicros: number): Promise<DeliveryBookRoom> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-deliveries-'));
  const log = faultyLog(await openSqliteLog({ folder }));
  const forEver = { retentionMs: null, retentionBytes: null } as const;
  await log.createTopics([{ name: deliveriesTopic, partitions: 1, cleanup: 'delete', ...forEver }]);
  const logLines: string[] = [];
  const destination = { write: (line: string) => void logLines.push(line) };
  const events = createEvents({ level: 'warn', metrics: new Registry(), destination });
  const db = new DeliveryDb(folder);
  const book = new DeliveryBook({ log, db, events, now: () => nowMicros, keptMs: 1000 });
  return {
    ...{ folder, log, db, book, logLines },
    async close() {
      log.heal();
      await book.close();
      await log.close();
      await rm(folder, { recursive: true });
    },
  };
}
