import { fileURLToPath } from 'node:url';
import { build, type Histogram } from 'hdr-histogram-js';
import type { Benchmark } from '../../cli/bench/benchmarks.ts';
import { LoadGenerator, nowMicros } from '../../cli/bench/load-generator.ts';
import {
  freePort,
  type MillraceProcess,
  makeDataFolder,
  startService,
} from '../../cli/bench/millrace-process.ts';
import { cpuSeconds } from '../../cli/bench/process-usage.ts';
import { readingCodec } from '../../core/codec.ts';
import type { LogReader } from '../../core/log/event-log.ts';
import { openLogReader } from '../../core/log/open-log.ts';
import { rawTopic } from '../../core/topics.ts';
import { startKafka } from '../support/servers/start-kafka.ts';
import { startMosquitto } from '../support/servers/start-mosquitto.ts';
import { type Address, benchReach } from '../support/servers/start-server.ts';
import { testSettings } from '../support/test-settings.ts';
import { until } from '../support/until.ts';

interface MqttToLogOptions {
  readonly log: 'kafka' | 'embedded';
  /** As fast as Mosquitto takes them, for the CPU; after a fifth as many that pay for compiling. */
  readonly readings: number;
  /** At a steady pace, for the latency. */
  readonly steady: { readonly perSecond: number; readonly seconds: number };
  /** Given to the measured process: `['--cpu-prof', ...]`. */
  readonly nodeArguments?: readonly string[];
}

interface MqttToLogResult {
  /** From the first publish until the log had the last reading. */
  readonly readingsPerSecond: number;
  /** Of the ingress process alone, all of its threads. */
  readonly readingsPerCpuSecond: number;
  /** Milliseconds from when a reading should have been published until a reader of the log was handed it. */
  readonly latencyMs: { readonly p50: number; readonly p99: number };
  readonly steadyCpuPercent: number;
}

const configPath = fileURLToPath(new URL('mqtt-to-kafka.config.ts', import.meta.url));
const connections = 8;
const window = 500;
/** Mosquitto hands out 20 at a time and drops beyond 1,000 unless told otherwise. */
const mosquittoLines = [
  'max_inflight_messages 1000',
  'max_queued_messages 0',
  'set_tcp_nodelay true',
];

/** Mosquitto to Kafka, by {@link measureMqttToLog}. */
export const mqttToKafkaBenchmark: Benchmark = {
  name: 'mqtt-to-kafka',
  summary: 'QoS 1 from Mosquitto through mqtt-ingress to Kafka, PUBACKs held until Kafka has it',
  async run() {
    const result = await measureMqttToLog({
      log: 'kafka',
      readings: 200_000,
      steady: { perSecond: 2000, seconds: 5 },
    });
    const { readingsPerSecond, readingsPerCpuSecond, latencyMs, steadyCpuPercent } = result;
    const atPace = 'at 2,000/s, publish to a reader of Kafka:';
    return [
      { name: 'MQTT to Kafka', unit: '1/s', value: readingsPerSecond },
      { name: 'MQTT to Kafka, per CPU second', unit: '1/s', value: readingsPerCpuSecond },
      { name: `${atPace} p50`, unit: 'ms', value: latencyMs.p50 },
      { name: `${atPace} p99`, unit: 'ms', value: latencyMs.p99 },
      { name: 'at 2,000/s: CPU', unit: '% of a core', value: steadyCpuPercent },
    ];
  },
};

/**
 * Mosquitto to the log through the `mqtt-ingress` service as `millrace run` has it: QoS 1, a lasting session, PUBACKs
 * held until the log has the reading. The load comes from this process, so that its costs stay apart.
 */
export async function measureMqttToLog(options: MqttToLogOptions): Promise<MqttToLogResult> {
  const folder = await makeDataFolder();
  const mosquitto = await startMosquitto({
    ...{ port: await freePort(), lines: mosquittoLines, reach: benchReach },
  });
  const server =
    options.log === 'kafka' ? await startKafka({ own: true, reach: benchReach }) : undefined;
  const kafka = server && kafkaSettings(server.brokers);
  const service = await startService('mqtt-ingress', {
    configPath,
    dataDir: folder.path,
    port: await freePort(),
    ...(options.nodeArguments && { nodeArguments: options.nodeArguments }),
    env: {
      MILLRACE_MQTT_URL: mosquitto.url,
      MILLRACE_MQTT_LISTEN: 'off',
      ...(kafka && { MILLRACE_KAFKA_BROKERS: kafka.brokers.join(',') }),
    },
  });
  const reader = await openLogReader(testSettings(folder.path, { kafka }));
  try {
    const rate = await measureRate(mosquitto.address, service, reader, options.readings);
    const steady = await measureSteady(mosquitto.address, service, reader, options.steady);
    return { ...rate, ...steady };
  } finally {
    await reader.close();
    await service.stop();
    await mosquitto.stop();
    await server?.stop();
    await folder.remove();
  }
}

const kafkaSettings = (brokers: string[]) => ({
  ...{ brokers, topicPrefix: '', sasl: undefined, tls: undefined, replication: 1 },
});

async function measureRate(
  broker: Address,
  { pid }: MillraceProcess,
  reader: LogReader,
  readings: number,
) {
  const load = new LoadGenerator({ ...broker, connections, window, ratePerSecond: null, packet });
  await load.connect();
  await load.run({ packets: Math.ceil(readings / 5) });
  const before = await untilLogged(reader, Math.ceil(readings / 5));
  const cpuBefore = cpuSeconds(pid);
  const startedMs = performance.now();
  await load.run({ packets: readings });
  await untilLogged(reader, before + readings);
  const seconds = (performance.now() - startedMs) / 1000;
  load.close();
  return {
    readingsPerSecond: Math.round(readings / seconds),
    readingsPerCpuSecond: Math.round(readings / (cpuSeconds(pid) - cpuBefore)),
  };
}

/** Resolves with the count when so many are there. */
async function untilLogged(reader: LogReader, count: number): Promise<number> {
  return until(async () => {
    const ranges = await reader.ranges([rawTopic]);
    const logged = ranges.reduce((sum, { endOffset }) => sum + endOffset, 0);
    return logged >= count && logged;
  }, 120_000);
}

async function measureSteady(
  broker: Address,
  { pid }: MillraceProcess,
  reader: LogReader,
  { perSecond, seconds }: MqttToLogOptions['steady'],
) {
  const latency = build({ highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: 3 });
  const abort = new AbortController();
  const followed = follow(reader, latency, abort.signal);
  const load = new LoadGenerator({
    ...broker,
    connections,
    window,
    ratePerSecond: perSecond,
    packet,
  });
  await load.connect();
  // The tail's first fetches and the load's first turns are not what is measured.
  await load.run({ seconds: 1 });
  latency.reset();
  const cpuBefore = cpuSeconds(pid);
  await load.run({ seconds });
  const steadyCpuPercent = ((cpuSeconds(pid) - cpuBefore) / seconds) * 100;
  await until(() => latency.totalCount >= perSecond * seconds * 0.99);
  load.close();
  abort.abort();
  await followed;
  const ms = (percentile: number) => latency.getValueAtPercentile(percentile) / 1000;
  return { steadyCpuPercent, latencyMs: { p50: ms(50), p99: ms(99) } };
}

async function follow(reader: LogReader, latency: Histogram, signal: AbortSignal): Promise<void> {
  for await (const { batches } of reader.tail([rawTopic], { from: 'latest', signal })) {
    const arrived = nowMicros();
    for (const { records } of batches) {
      for (const { value } of records) {
        if (value)
          latency.recordValue(Math.max(0, arrived - readingCodec.decode(value).observedAt));
      }
    }
  }
}

const stations = 500;

/** 150 bytes. */
function packet(index: number, intendedMicros: number): { topic: string; payload: string } {
  const station = index % stations;
  const text = `{"ts":${intendedMicros},"seq":${index},"pm25":${11.25 + (index % 40)},"pm10":${20.5 + (index % 60)},"no2":31.75,"temp":${18.5 + (index % 10)},"hum":55,"bat":3.61,"rssi":-71,"st":"ok"}`;
  const payload = `${text.slice(0, -1)},"x":"${'-'.repeat(Math.max(0, 143 - text.length))}"}`;
  return { topic: `city/d${station % 10}/s${station}/state`, payload };
}
