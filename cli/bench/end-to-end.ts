import { fileURLToPath } from 'node:url';
import { LiveClient } from './live-client.ts';
import { LoadGenerator, type LoadResult } from './load-generator.ts';
import { type MillraceUp, makeDataFolder, startMillrace } from './millrace-process.ts';
import { anonymousMegabytes, cpuSeconds, watchMemory } from './process-usage.ts';

const configPath = fileURLToPath(
  new URL(
    import.meta.url.endsWith('.ts') ? 'pipeline.config.ts' : 'pipeline.config.js',
    import.meta.url,
  ),
);
const probes = 2000;

/** About 150 bytes of JSON; the time is when the packet should have been published. */
function probePacket(index: number, intendedMicros: number) {
  const probe = index % probes;
  const wave = Math.sin(index / 1000);
  return {
    topic: `bench/d${probe % 20}/p${probe}`,
    payload: `{"ts":${intendedMicros},"n":${index},"t":${(20 + wave * 5).toFixed(2)},"h":${(50 + wave).toFixed(1)},"p":${(1013 + wave).toFixed(1)},"lat":${(56 + probe / 10_000).toFixed(5)},"lon":${(10 + probe / 10_000).toFixed(5)},"fw":"2.4.1","batt":87}`,
  };
}

async function withMillrace<T>(use: (millrace: MillraceUp) => Promise<T>): Promise<T> {
  const folder = await makeDataFolder();
  const millrace = await startMillrace({ configPath, dataDir: folder.path });
  try {
    return await use(millrace);
  } finally {
    await millrace.stop();
    await folder.remove();
  }
}

async function withLoad<T>(
  millrace: MillraceUp,
  ratePerSecond: number | null,
  use: (load: LoadGenerator) => Promise<T>,
): Promise<T> {
  const load = new LoadGenerator({
    port: millrace.mqttPort,
    connections: 10,
    window: 500,
    ratePerSecond,
    packet: probePacket,
  });
  await load.connect();
  try {
    return await use(load);
  } finally {
    load.close();
  }
}

interface SinkAccount {
  readonly stored: number;
  readonly inFlight: number;
  readonly difference: number;
}
interface LedgerAnswer {
  readonly sources: Record<
    string,
    { accepted: number; inFlight?: number; difference: number; sinks: Record<string, SinkAccount> }
  >;
}

async function readLedger(millrace: MillraceUp) {
  const answer = (await (await fetch(`${millrace.http}/api/v1/ledger`)).json()) as LedgerAnswer;
  const source = answer.sources.bench;
  const sink = Object.values(source?.sinks ?? {})[0];
  const accepted = source?.accepted ?? 0;
  const stored = sink?.stored ?? 0;
  return {
    accepted,
    stored,
    lag: accepted - stored,
    isEven: source?.difference === 0 && sink?.difference === 0,
  };
}

export interface ThroughputResult {
  readonly ratePerSecond: number;
  readonly seconds: number;
  readonly acknowledged: number;
  /** Readings accepted and not yet stored, in the middle and at the end of publishing. */
  readonly lagMiddle: number;
  readonly lagEnd: number;
  /** Until all was stored after the last acknowledgement. */
  readonly drainMs: number;
  readonly isEven: boolean;
  readonly cpuPerReadingMicros: number;
  readonly peakMegabytes: number;
  readonly generatorBehind: number;
  /** Stored at this rate without growing lag: the lag at the end is below a second's worth. */
  readonly isSustained: boolean;
}

/** Publishes at a rate for a time, end to end into the store; nobody watches the live feed. */
export function measureThroughput(
  ratePerSecond: number,
  seconds: number,
): Promise<ThroughputResult> {
  return withMillrace((millrace) =>
    withLoad(millrace, ratePerSecond, async (load) => {
      const memory = watchMemory(millrace.pid);
      const cpuBefore = cpuSeconds(millrace.pid);
      const middle = pauseThen(seconds * 500, () => readLedger(millrace));
      const published = await load.run({ seconds });
      const end = await readLedger(millrace);
      const lagMiddle = (await middle).lag;
      const drained = performance.now();
      const last = await untilStored(millrace, published);
      const drainMs = performance.now() - drained;
      return {
        ratePerSecond,
        seconds,
        acknowledged: published.acknowledged,
        lagMiddle,
        lagEnd: end.lag,
        drainMs,
        isEven: last.isEven && last.stored === published.acknowledged,
        cpuPerReadingMicros:
          ((cpuSeconds(millrace.pid) - cpuBefore) / published.acknowledged) * 1e6,
        peakMegabytes: memory.stop(),
        generatorBehind: published.behind,
        isSustained:
          end.lag < ratePerSecond &&
          published.behind < ratePerSecond &&
          published.seconds < seconds + 2,
      };
    }),
  );
}

async function untilStored(millrace: MillraceUp, published: LoadResult) {
  const deadline = performance.now() + 120_000;
  for (;;) {
    const ledger = await readLedger(millrace);
    if (ledger.stored >= published.acknowledged || performance.now() > deadline) return ledger;
    await pauseThen(50, async () => undefined);
  }
}

export interface LatencyResult {
  readonly ratePerSecond: number;
  readonly readings: number;
  /** Milliseconds from the intended publish time to the live client. */
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

/** Latency from the intended publish time to a client of the live feed, at a steady rate. */
export function measureLatency(ratePerSecond: number, seconds: number): Promise<LatencyResult> {
  return withMillrace((millrace) =>
    withLoad(millrace, ratePerSecond, async (load) => {
      const live = new LiveClient();
      await live.open(millrace.http);
      await load.run({ seconds: 3 });
      live.latency.reset();
      const before = live.readings;
      await load.run({ seconds });
      await pauseThen(500, async () => undefined);
      const at = (percentile: number) => live.latency.getValueAtPercentile(percentile) / 1000;
      const result = {
        ratePerSecond,
        readings: live.readings - before,
        p50: at(50),
        p99: at(99),
        p999: at(99.9),
      };
      live.close();
      return result;
    }),
  );
}

export interface RestResult {
  readonly cpuPercent: number;
  readonly megabytes: number;
  readonly firstReadyMs: number;
  readonly secondReadyMs: number;
}

/** CPU and memory with nothing coming in, and how long a first and a second start take. */
export async function measureRest(seconds: number): Promise<RestResult> {
  const folder = await makeDataFolder();
  const first = await startMillrace({ configPath, dataDir: folder.path });
  await withLoad(first, 2000, (load) => load.run({ seconds: 5 }));
  await first.stop();
  const second = await startMillrace({ configPath, dataDir: folder.path });
  await pauseThen(5000, async () => undefined);
  const before = cpuSeconds(second.pid);
  await pauseThen(seconds * 1000, async () => undefined);
  const cpuPercent = ((cpuSeconds(second.pid) - before) / seconds) * 100;
  const megabytes = anonymousMegabytes(second.pid);
  await second.stop();
  await folder.remove();
  return { cpuPercent, megabytes, firstReadyMs: first.readyMs, secondReadyMs: second.readyMs };
}

function pauseThen<T>(ms: number, then: () => Promise<T>): Promise<T> {
  return new Promise<void>((resolve) => setTimeout(resolve, ms)).then(then);
}
