/** `npm run bench [-- NAME...]`: the parts, each alone on the real thing, then the whole machine as `millrace bench` has it. */
import { type Benchmark, benchmarks, type Figure } from '../../cli/bench/benchmarks.ts';
import { benchCommand } from '../../cli/commands/bench.ts';
import { runCommand } from '../../cli/run-command-line.ts';
import { fuzzWebhookBodies } from '../support/fuzz-webhook-body.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { benchEnricher } from './enricher-bench.ts';
import { formatsBenchmark } from './formats-bench.ts';
import { fullStackBenchmarks } from './full-stack-bench.ts';
import { influxBenchmark } from './influx-bench.ts';
import { measureIngress } from './ingress-bench.ts';
import { kafkaLogBenchmark } from './kafka-log-bench.ts';
import { measureAppend, measureProcess } from './log-bench.ts';
import { mqttToKafkaBenchmark } from './mqtt-to-kafka-bench.ts';
import { pollBenchmark } from './poll-bench.ts';
import { measurePostgresSink, measurePostgresWrite } from './postgres-bench.ts';
import { measureStoreRead, measureStoreWrite } from './store-bench.ts';
import { vehicleTables } from './vehicle-tables.ts';
import { webhookBenchmark } from './webhook-bench.ts';

const rates = (name: string, perSecond: number, perCpuSecond: number): Figure[] => [
  { name, unit: '1/s', value: perSecond },
  { name: `${name}, per CPU second`, unit: '1/s', value: perCpuSecond },
];

const parts: readonly Benchmark[] = [
  {
    name: 'log',
    summary:
      'appends of 500 records, synced; process with one emit and one state put for each record',
    async run() {
      const options = { records: 300_000, batchRecords: 500, concurrency: 4 };
      const append = await measureAppend(options);
      const process = await measureProcess(options);
      return [append, process].flatMap((result) =>
        rates(result.name, result.recordsPerSecond, result.recordsPerCpuSecond),
      );
    },
  },
  pollBenchmark,
  kafkaLogBenchmark,
  influxBenchmark,
  {
    name: 'ingress',
    summary: 'QoS 1 packets acknowledged by broker, format and log in one process',
    async run() {
      const result = await measureIngress({ packets: 200_000, connections: 10, window: 200 });
      return rates(result.name, result.packetsPerSecond, result.packetsPerCpuSecond);
    },
  },
  {
    name: 'enricher',
    summary: 'a backlog decoded, checked, converted, joined, deduplicated and passed on',
    async run() {
      const result = await benchEnricher(150_000);
      return rates('enrich', result.readingsPerSecond, result.readingsPerCpuSecond);
    },
  },
  {
    name: 'store',
    summary: 'readings into history, latest and place; a chart over 100,000 points and a box',
    async run() {
      const options = { readings: 200_000, entities: 2000, batchReadings: 1000 };
      const write = await measureStoreWrite(options);
      const mapped = await measureStoreWrite({ ...options, mapped: vehicleTables });
      const read = await measureStoreRead(100_000);
      return [
        ...rates(write.name, write.rowsPerSecond, write.rowsPerCpuSecond),
        ...rates(mapped.name, mapped.rowsPerSecond, mapped.rowsPerCpuSecond),
        { name: 'file', unit: 'bytes/row', value: write.fileBytesPerRow },
        { name: 'chart over 100,000 readings', unit: 'ms', value: read.seriesMs },
        { name: 'box over 2,000 entities', unit: 'ms', value: read.boxMs },
      ];
    },
  },
  {
    name: 'postgres',
    summary:
      'readings into the latest of 2,000 and of 20,000 entities in Postgres, and by the sink from a backlog in Kafka (an engine is needed)',
    async run() {
      const figures: Figure[] = [];
      for (const entities of [2000, 20_000]) {
        const options = { readings: 200_000, entities, batchReadings: 4000 };
        const write = await measurePostgresWrite(options);
        figures.push(...rates(write.name, write.readingsPerSecond, write.readingsPerCpuSecond));
        figures.push({ name: `box over ${entities} entities`, unit: 'ms', value: write.boxMs });
        const mapped = await measurePostgresWrite({ ...options, mapped: vehicleTables });
        figures.push(...rates(mapped.name, mapped.readingsPerSecond, mapped.readingsPerCpuSecond));
      }
      figures.push(...(await measurePostgresSink(400_000)));
      return figures;
    },
  },
  formatsBenchmark,
  {
    name: 'webhook-bodies',
    summary: 'a million mutated bodies of every kind, inflated and unpacked: no crash, no hang',
    async run() {
      const value = await fuzzWebhookBodies(1_000_000);
      return [{ name: 'slowest of 1,000,000', unit: 'ms', value }];
    },
  },
];

const noEngine = withoutEngine();
if (noEngine) console.error(`The full stack is skipped: ${noEngine}.`);

process.exitCode = await runCommand(
  'bench',
  benchCommand([
    ...parts,
    ...benchmarks,
    ...(noEngine ? [] : [mqttToKafkaBenchmark, webhookBenchmark, ...fullStackBenchmarks]),
  ]),
  process.argv.slice(2),
);
