import { createHmac, randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { build } from 'hdr-histogram-js';
import type { Benchmark, Figure } from '../../cli/bench/benchmarks.ts';
import { nowMicros } from '../../cli/bench/load-generator.ts';
import { freePort, makeDataFolder, startService } from '../../cli/bench/millrace-process.ts';
import { cpuSeconds } from '../../cli/bench/process-usage.ts';
import { startKafka } from '../support/servers/start-kafka.ts';
import { benchReach } from '../support/servers/start-server.ts';
import { HttpLoad } from './http-load.ts';

export interface WebhookLoad {
  readonly source: 'air' | 'identified' | 'lines';
  readonly connections: number;
  /** Measured, after a fifth as many that pay for compiling, or as many as said. */
  readonly requests: number;
  readonly warmUpRequests?: number;
  /** Readings in each: more than one are lines. */
  readonly readings: number;
}

export interface WebhookResult {
  readonly requestsPerSecond: number;
  readonly readingsPerSecond: number;
  /** Of the ingress process alone, all of its threads. */
  readonly cpuMicrosPerRequest: number;
  readonly readingsPerCpuSecond: number;
  /** From the request's last byte handed to the socket until the answer. */
  readonly latencyMs: { readonly p50: number; readonly p99: number };
}

const configPath = fileURLToPath(new URL('webhook.config.ts', import.meta.url));
const secret = 'a secret of the bench';
const warmUpRequests = 400_000;

export const webhookBenchmark: Benchmark = {
  name: 'webhook',
  summary:
    'signed deliveries of one reading over 100 connections, answered when Kafka has them; lines',
  async run() {
    const [plain, identified, lines] = await measureWebhooks([
      // Some 20 s: a JVM that has just started uses several times the CPU of one that runs.
      { ...{ source: 'air', connections: 100, requests: 200_000, readings: 1 }, warmUpRequests },
      { source: 'identified', connections: 100, requests: 100_000, readings: 1 },
      { source: 'lines', connections: 4, requests: 200, readings: 1000 },
    ]);
    return [
      ...figures('one reading each', plain),
      ...figures('one reading each, with an id', identified),
      ...figures('1,000 lines each', lines),
    ];
  },
};

function figures(name: string, result: WebhookResult | undefined): Figure[] {
  if (result === undefined) return [];
  return [
    { name: `${name}: requests`, unit: '1/s', value: result.requestsPerSecond },
    { name: `${name}: CPU a request`, unit: 'us', value: result.cpuMicrosPerRequest },
    { name: `${name}: p50`, unit: 'ms', value: result.latencyMs.p50 },
    { name: `${name}: p99`, unit: 'ms', value: result.latencyMs.p99 },
    { name: `${name}: readings, per CPU second`, unit: '1/s', value: result.readingsPerCpuSecond },
  ];
}

/**
 * The `webhook-ingress` service as `millrace run` has it, one load after the other. The load comes from this process, so
 * that its costs stay apart. `wrk` gives the same: test/bench/webhook.lua tells how.
 */
export async function measureWebhooks(loads: readonly WebhookLoad[]): Promise<WebhookResult[]> {
  const folder = await makeDataFolder();
  const port = await freePort();
  const kafka = await startKafka({ own: true, reach: benchReach });
  const service = await startService('webhook-ingress', {
    configPath,
    dataDir: folder.path,
    port: await freePort(),
    env: {
      MILLRACE_WEBHOOK_PORT: String(port),
      MILLRACE_KAFKA_BROKERS: kafka.brokers.join(','),
    },
  });
  try {
    const results: WebhookResult[] = [];
    for (const load of loads) results.push(await measure(load, port, service.pid));
    return results;
  } finally {
    await service.stop();
    await kafka.stop();
    await folder.remove();
  }
}

async function measure(load: WebhookLoad, port: number, pid: number): Promise<WebhookResult> {
  const { connections, requests, readings } = load;
  const http = new HttpLoad({ port, connections, request: requestsOf(load), status: 202 });
  await http.connect();
  await http.run(load.warmUpRequests ?? Math.ceil(requests / 5));
  const latency = build({ highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: 3 });
  const cpuBefore = cpuSeconds(pid);
  const { seconds } = await http.run(requests, latency);
  const cpu = cpuSeconds(pid) - cpuBefore;
  http.close();
  const ms = (percentile: number) => latency.getValueAtPercentile(percentile) / 1000;
  return {
    requestsPerSecond: Math.round(requests / seconds),
    readingsPerSecond: Math.round((requests * readings) / seconds),
    cpuMicrosPerRequest: Number(((cpu / requests) * 1e6).toFixed(1)),
    readingsPerCpuSecond: Math.round((requests * readings) / cpu),
    latencyMs: { p50: ms(50), p99: ms(99) },
  };
}

const stations = 500;
/** Signing costs the load as much as the check costs what is measured: so many are made, and sent in turn. */
const made = 2000;

function requestsOf({ source, readings }: WebhookLoad): (index: number) => Buffer {
  const all = Array.from({ length: readings > 1 ? 20 : made }, (_, index) => {
    const lines = Array.from({ length: readings }, (_, line) => reading(index * readings + line));
    return { body: lines.join('\n'), type: readings > 1 ? 'x-ndjson' : 'json' };
  }).map(({ body, type }) => ({
    head:
      `POST /webhooks/${source} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/${type}\r\n` +
      `X-Signature: sha256=${createHmac('sha256', secret).update(body).digest('hex')}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n`,
    body,
  }));
  const bytes = all.map(({ head, body }) => Buffer.from(`${head}\r\n${body}`));
  const run = randomUUID();
  return (index) => {
    const at = index % all.length;
    if (source !== 'identified') return bytes[at] ?? Buffer.alloc(0);
    return Buffer.from(
      `${all[at]?.head}X-Delivery-Id: ${run}-${index}\r\n\r\n${all[at]?.body}`,
      'latin1',
    );
  };
}

/** 150 bytes. */
function reading(index: number): string {
  const station = index % stations;
  const text = `{"station":"s${station}","district":"d${station % 10}","ts":${nowMicros() + index},"pm25":${11.25 + (index % 40)},"pm10":${20.5 + (index % 60)},"no2":31.75,"temp":${18.5 + (index % 10)},"hum":55}`;
  return `${text.slice(0, -1)},"x":"${'-'.repeat(Math.max(0, 143 - text.length))}"}`;
}
