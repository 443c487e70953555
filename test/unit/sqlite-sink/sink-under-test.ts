import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Registry } from 'prom-client';
import { readingCodec } from '../../../core/codec.ts';
import type { Pipeline } from '../../../core/config/pipeline.ts';
import type { Settings } from '../../../core/config/settings.ts';
import { createEvents } from '../../../core/events.ts';
import type { EventLog, NewRecord } from '../../../core/log/event-log.ts';
import { pipelineTopics } from '../../../core/log/pipeline-topics.ts';
import { openSqliteLog } from '../../../core/log/sqlite/open-sqlite-log.ts';
import type { Reading } from '../../../core/reading.ts';
import type { Service } from '../../../core/service.ts';
import { enrichedTopic } from '../../../core/topics.ts';
import { startSqliteSink } from '../../../services/sqlite-sink/main.ts';
import { openSqliteReader } from '../../../stores/sqlite/open-sqlite-store.ts';

const retention = { historyMs: null, rawMs: null, topicsMs: null, sizeBytes: null };
/** The settings that the sink and the topics look at; the others are none of its business. */
const settingsOf = (dataDir: string) =>
  ({ dataDir, groupPrefix: '', partitions: 2 }) as unknown as Settings;

/** A log and a store in a folder of their own. */
export async function sinkUnderTest() {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-sink-'));
  const metrics = new Registry();
  const lines: string[] = [];
  const events = createEvents({
    level: 'info',
    metrics,
    destination: { write: (line) => void lines.push(line) },
  });
  const settings = settingsOf(folder);
  const pipeline = { retention } as unknown as Pipeline;
  let log: EventLog = await openSqliteLog({ folder, events });
  await log.createTopics(pipelineTopics(pipeline, settings));
  const reader = openSqliteReader({ folder });
  const running: Service[] = [];
  const now = () => Date.now() * 1000;
  return {
    folder,
    reader,
    lines,
    events,
    metrics,
    now,
    get log() {
      return log;
    },
    async start() {
      const registry = running.length === 0 ? metrics : new Registry();
      const sink = await startSqliteSink({
        pipeline,
        settings,
        log,
        events,
        metrics: registry,
        now,
      });
      running.push(sink);
      return sink;
    },
    /** A connection beside the sink's own. */
    withDatabase(work: (db: DatabaseSync) => void) {
      const db = new DatabaseSync(join(folder, 'store.db'));
      work(db);
      db.close();
    },
    async reopenLog() {
      await log.close();
      log = await openSqliteLog({ folder, events });
    },
    async remove() {
      for (const sink of running) await sink.stop();
      await reader.close();
      await log.close();
      await rm(folder, { recursive: true });
    },
  };
}

export function readingRecord(reading: Reading): NewRecord {
  return {
    topic: enrichedTopic,
    key: `${reading.entityType}/${reading.entityId}`,
    value: readingCodec.encode(reading),
    timestampMs: Date.now(),
  };
}

/** A trigger that refuses history of the entities that the SQL condition names by `key`. */
export function refuseWhere(db: DatabaseSync, condition: string): void {
  db.exec(`CREATE TRIGGER refuse BEFORE INSERT ON history
    WHEN (SELECT ${condition} FROM entities WHERE id = NEW.entity)
    BEGIN SELECT RAISE(ABORT, 'refused here'); END`);
}
