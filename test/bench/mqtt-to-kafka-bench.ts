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
import type { KafkaSettings } from '../../core/config/settings.ts';
import type { LogReader } from '../../core/log/event-log.ts';
import { createKafka } from '../../core/log/kafka/client/create-kafka.ts';
import { Feed, recordsFrom } from '../../core/log/kafka/read/feed.ts';
import { listOffsets } from '../../core/log/kafka/read/list-offsets.ts';
import { Poller } from '../../core/log/kafka/read/poller.ts';
import { placeOf } from '../../core/log/kafka/read/with-leaders.ts';
import { KafkaCluster } from '../../core/log/kafka/wire/kafka-cluster.ts';
import { openLogReader } from '../../core/log/open-log.ts';
import { rawTopic } from '../../core/topics.ts';
import { startKafka } from '../support/servers/start-kafka.ts';
import { startMosquitto } from '../support/servers/start-mosquitto.ts';
import { type Address, benchReach } from '../support/servers/start-server.ts';
import { testSettings } from '../support/test-settings.ts';
import { until } from '../support/until.ts';

interface MqttToKafkaOptions {
  /** As fast as Mosquitto takes them, for the CPU; after a fifth as many that pay for compiling. */
  readonly readings: number;
  /** At a steady pace, for the latency. */
  readonly steady: { readonly perSecond: number; readonly seconds: number };
}

interface MqttToKafkaResult {
  /** From the first publish until the log had the last reading. */
  readonly readingsPerSecond: number;
  /** Of the ingress process alone, all of its threads. */
  readonly readingsPerCpuSecond: number;
  /** Milliseconds from when a reading should have been published until it is fetched from Kafka. */
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

/** Mosquitto to Kafka, by {@link measureMqttToKafka}. */
export const mqttToKafkaBenchmark: Benchmark = {
  name: 'mqtt-to-kafka',
  summary: 'QoS 1 from Mosquitto through mqtt-ingress to Kafka, PUBACKs held until Kafka has it',
  async run() {
    const result = await measureMqttToKafka({
      readings: 200_000,
      steady: { perSecond: 2000, seconds: 5 },
    });
    const { readingsPerSecond, readingsPerCpuSecond, latencyMs, steadyCpuPercent } = result;
    const atPace = 'at 2,000/s, publish to fetched from Kafka:';
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
 * Mosquitto to Kafka through the `mqtt-ingress` service as `millrace run` has it: QoS 1, a lasting session, PUBACKs
 * held until the log has the reading. The load comes from this process, so that its costs stay apart.
 */
export async function measureMqttToKafka(options: MqttToKafkaOptions): Promise<MqttToKafkaResult> {
  const folder = await makeDataFolder();
  const mosquitto = await startMosquitto({
    ...{ port: await freePort(), lines: mosquittoLines, reach: benchReach },
  });
  const server = await startKafka({ own: true, reach: benchReach });
  const { brokers } = server;
  const service = await startService('mqtt-ingress', {
    configPath,
    dataDir: folder.path,
    port: await freePort(),
    env: {
      MILLRACE_MQTT_URL: mosquitto.url,
      MILLRACE_MQTT_LISTEN: 'off',
      MILLRACE_KAFKA_BROKERS: brokers.join(','),
    },
  });
  const kafka = { brokers, topicPrefix: '', sasl: undefined, tls: undefined, replication: 1 };
  const reader = await openLogReader(testSettings(folder.path, { kafka }));
  try {
    const rate = await measureRate(mosquitto.address, service, reader, options.readings);
    const steady = await measureSteady(mosquitto.address, service, kafka, options.steady);
    return { ...rate, ...steady };
  } finally {
    await reader.close();
    await service.stop();
    await mosquitto.stop();
    await server.stop();
    await folder.remove();
  }
}

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
  kafka: KafkaSettings,
  { perSecond, seconds }: MqttToKafkaOptions['steady'],
) {
  const latency = build({ highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: 3 });
  const end = await follow(kafka, latency);
  const load = new LoadGenerator({
    ...broker,
    connections,
    window,
    ratePerSecond: perSecond,
    packet,
  });
  await load.connect();
  // The first fetches and the load's first turns are not what is measured.
  await load.run({ seconds: 1 });
  latency.reset();
  const cpuBefore = cpuSeconds(pid);
  await load.run({ seconds });
  const steadyCpuPercent = ((cpuSeconds(pid) - cpuBefore) / seconds) * 100;
  await until(() => latency.totalCount >= perSecond * seconds * 0.99);
  load.close();
  await end();
  const ms = (percentile: number) => latency.getValueAtPercentile(percentile) / 1000;
  return { steadyCpuPercent, latencyMs: { p50: ms(50), p99: ms(99) } };
}

/**
 * Every reading's time from when it should have been published until it is fetched: by fetches without a pause, which
 * Kafka answers with the first record. (A tail gathers for up to 10 ms.) Returns the way to end it.
 */
async function follow(kafka: KafkaSettings, latency: Histogram): Promise<() => Promise<void>> {
  const client = createKafka(kafka);
  const [polling, asking] = [new KafkaCluster(client), new KafkaCluster(client)];
  const count = await asking.partitionCount(rawTopic);
  const places = Array.from({ length: count }, (_, partition) => ({ topic: rawTopic, partition }));
  const ends = await listOffsets(asking, places, 'written');
  const poller = new Poller({ polling, asking, events: undefined, lingerMs: 0 });
  for (const place of places) {
    const fromOffset = ends.get(placeOf(place)) ?? 0;
    const feed = new Feed({ ...place, fromOffset, maxBytes: 1e6, whenFull: 'drop' });
    let seen = fromOffset;
    feed.onGrowth(() => {
      const arrived = nowMicros();
      for (const batch of feed.from(seen))
        for (const { value } of recordsFrom(batch, seen))
          if (value)
            latency.recordValue(Math.max(0, arrived - readingCodec.decode(value).observedAt));
      seen = feed.position;
    });
    poller.add(feed);
  }
  return async () => {
    await poller.close();
    await Promise.all([polling.close(), asking.close()]);
  };
}

const stations = 500;

/** 150 bytes. */
function packet(index: number, intendedMicros: number): { topic: string; payload: string } {
  const station = index % stations;
  const text = `{"ts":${intendedMicros},"seq":${index},"pm25":${11.25 + (index % 40)},"pm10":${20.5 + (index % 60)},"no2":31.75,"temp":${18.5 + (index % 10)},"hum":55,"bat":3.61,"rssi":-71,"st":"ok"}`;
  const payload = `${text.slice(0, -1)},"x":"${'-'.repeat(Math.max(0, 143 - text.length))}"}`;
  return { topic: `city/d${station % 10}/s${station}/state`, payload };
}
