/** Uses a log on Kafka in every way, closes it, and leaves the rest to Node: `brokers topicPrefix stateFolder`. */
import { Registry } from 'prom-client';
import { createEvents } from '../../core/events.ts';
import { openKafkaLog, openKafkaLogReader } from '../../core/log/kafka/open-kafka-log.ts';
import { record, topic } from '../contract/log/log-driver.ts';

const [brokers = '', topicPrefix = '', stateFolder = ''] = process.argv.slice(2);
const none = { sasl: undefined, tls: undefined };
const kafka = { brokers: [brokers], ...none, topicPrefix, replication: 1 };
const events = createEvents({
  level: 'warn',
  metrics: new Registry(),
  destination: process.stderr,
});

const log = await openKafkaLog({ kafka, stateFolder, events });
await log.createTopics([topic('in', 2), topic('out', 2)]);
const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
await log.process({
  group: 'g',
  topics: ['in'],
  handle: async ({ records }) => records.map(({ key }) => record('out', key, 'out', Date.now())),
});
await log.consume({ group: 'c', topics: ['out'], handle: async () => arrive() });
await log.append([record('in', 'k', 'in', Date.now())]);
await arrived;
await log.close();

const reader = await openKafkaLogReader({ kafka, events });
await Promise.all(['in', 'out', 'in'].map((name) => reader.table(name)));
for await (const { atEnd } of reader.tail(['in', 'out'], { from: 'earliest' })) if (atEnd) break;
// Closed while its first poll is only about to begin.
const hasty = await openKafkaLogReader({ kafka, events });
for await (const cut of hasty.tail(['in', 'out'], { from: 'latest' })) if (cut) break;
await Promise.all([reader.close(), hasty.close()]);
console.log('closed');
