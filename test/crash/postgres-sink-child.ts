/**
 * Killed by `postgres-kill.test.ts`: an embedded log, a postgres-sink that follows it, and a sender that appends numbered
 * readings. Arguments: folder, the database's URL, first number, one past the last. Tells its parent how far the log has
 * acknowledged; ends when all is stored.
 */
import { Registry } from 'prom-client';
import { createEvents } from '../../core/events.ts';
import { pipelineTopics } from '../../core/log/pipeline-topics.ts';
import { openSqliteLog } from '../../core/log/sqlite/open-sqlite-log.ts';
import { startPostgresSink } from '../../services/postgres-sink/main.ts';
import { openPostgresReader } from '../../stores/postgres/open-postgres-store.ts';
import {
  enrichedRecord,
  numberedPipeline,
  numberedReadings,
} from '../support/postgres-sink-under-test.ts';
import { testSettings } from '../support/test-settings.ts';
import { until } from '../support/until.ts';

const [folder = '', postgresUrl = '', first = '0', end = '0'] = process.argv.slice(2);
const pipeline = numberedPipeline;
const settings = testSettings(folder, { partitions: 3, postgresUrl });
const metrics = new Registry();
const events = createEvents({ level: 'error', metrics });
const log = await openSqliteLog({ folder });
await log.createTopics(pipelineTopics(pipeline, settings));
const now = () => Date.now() * 1000;
const sink = await startPostgresSink({ pipeline, settings, log, events, metrics, now });

const batch = 40;
for (let number = Number(first); number < Number(end); number += batch) {
  const upTo = Math.min(number + batch, Number(end));
  await log.append(numberedReadings(upTo - number, number).map(enrichedRecord));
  process.stdout.write(`acknowledged ${upTo}\n`);
}

const reader = openPostgresReader({ url: postgresUrl });
await until(async () => {
  const { offsets } = await reader.account();
  const ranges = await log.ranges(['readings.enriched.v1']);
  return ranges.every(
    ({ topic, partition, endOffset }) => (offsets[topic]?.[partition] ?? 0) >= endOffset,
  );
}, 60_000);
await reader.close();
await sink.stop();
await log.close();
process.stdout.write('drained\n');
