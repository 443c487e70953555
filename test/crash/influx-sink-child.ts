/**
 * The process that influx-kill.test.ts kills: `FOLDER SETTINGS FIRST`. Runs the sink, appends readings numbered from
 * FIRST on for ever, and prints each number that the log has.
 */
import { writeSync } from 'node:fs';
import { setTimeout as pace } from 'node:timers/promises';
import type { InfluxSettings } from '../../core/config/settings.ts';
import { pipelineTopics } from '../../core/log/pipeline-topics.ts';
import { openSqliteLog } from '../../core/log/sqlite/open-sqlite-log.ts';
import {
  enrichedRecord,
  numberedReading,
  runInfluxSink,
  sinkPipeline,
} from '../support/influx-sink-under-test.ts';

const [folder = '', influxText = '{}', first = '0'] = process.argv.slice(2);
const influx = JSON.parse(influxText) as InfluxSettings;
const log = await openSqliteLog({ folder });
await log.createTopics(pipelineTopics(sinkPipeline, { partitions: 3 }));
await runInfluxSink({ log, folder, influx });

// Not through a stream: what is printed has left this process.
const print = (line: string) => writeSync(1, `${line}\n`);
let next = Number(first);
for (;;) {
  const numbers = Array.from({ length: 50 }, () => next++);
  await log.append(numbers.map((n) => enrichedRecord(numberedReading(n))));
  print(numbers.join('\n'));
  await pace(10);
}
