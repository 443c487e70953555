/**
 * Killed by `enricher-kill.test.ts`: an embedded log, the enricher, and a sender that appends numbered readings.
 * Arguments: folder, first number, one past the last. Tells its parent how far the log has acknowledged.
 */
import { Registry } from 'prom-client';
import { createEvents } from '../../core/events.ts';
import { pipelineTopics } from '../../core/log/pipeline-topics.ts';
import { openSqliteLog } from '../../core/log/sqlite/open-sqlite-log.ts';
import { publishReference } from '../../core/reference/publish-reference.ts';
import { rawTopic } from '../../core/topics.ts';
import { startEnricher } from '../../services/enricher/main.ts';
import { rawRecord } from '../support/start-enricher-room.ts';
import { testSettings } from '../support/test-settings.ts';
import { busPipeline, onlyFast } from '../unit/enricher/bus-pipeline.ts';
import { numberedReading } from './numbered-reading.ts';

const [folder = '', first = '0', end = '0'] = process.argv.slice(2);
const pipeline = busPipeline({ steps: [onlyFast] });
const settings = testSettings(folder, { partitions: 3 });
const metrics = new Registry();
const events = createEvents({ level: 'warn', metrics });
const log = await openSqliteLog({ folder });
const context = { pipeline, settings, log, events, metrics, now: () => Date.now() * 1000 };
await log.createTopics(pipelineTopics(pipeline, settings));
await publishReference(context);
const enricher = await startEnricher(context);

const batch = 40;
let inFlight: Promise<void>[] = [];
for (let number = Number(first); number < Number(end); number += batch) {
  const upTo = Math.min(number + batch, Number(end));
  const numbers = Array.from({ length: upTo - number }, (_, index) => number + index);
  const appended = log
    .append(numbers.map((n) => rawRecord(numberedReading(n))))
    .then(() => void process.send?.({ acknowledged: upTo }));
  inFlight = [...inFlight.slice(-3), appended];
  await inFlight[0];
}
await Promise.all(inFlight);

const ends = new Map(
  (await log.ranges([rawTopic])).map((range) => [range.partition, range.endOffset]),
);
for await (const _ of log.tail([rawTopic, 'ledger.v1'], { from: 'earliest' })) {
  const committed = (await log.committed('enricher'))[rawTopic] ?? {};
  if ([...ends].every(([partition, offset]) => (committed[partition] ?? 0) >= offset)) break;
}
await enricher.stop();
await log.close();
process.send?.({ drained: true });
process.disconnect?.();
