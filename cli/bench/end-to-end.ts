import { LiveClient } from './live-client.ts';
import { LoadGenerator } from './load-generator.ts';
import { type MachineUnderTest, type StartMachine, startEmbedded } from './machine-under-test.ts';
import { makeDataFolder } from './millrace-process.ts';
import { anonymousMegabytes, cpuSeconds, watchMemory } from './process-usage.ts';

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

async function withMachine<T>(
  start: StartMachine,
  use: (machine: MachineUnderTest) => Promise<T>,
): Promise<T> {
  const machine = await start();
  try {
    return await use(machine);
  } finally {
    await machine.stop();
  }
}

async function withLoad<T>(
  machine: MachineUnderTest,
  ratePerSecond: number | null,
  use: (load: LoadGenerator) => Promise<T>,
): Promise<T> {
  const load = new LoadGenerator({
    ...(machine.mqttHost && { host: machine.mqttHost }),
    port: machine.mqttPort,
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

async function readLedger({ http }: MachineUnderTest) {
  const answer = (await (await fetch(`${http}/api/v1/ledger`)).json()) as LedgerAnswer;
  const source = answer.sources.bench;
  const sinks = Object.values(source?.sinks ?? {});
  const accepted = source?.accepted ?? 0;
  // Stored is what every sink has.
  const stored = sinks.length === 0 ? 0 : Math.min(...sinks.map((sink) => sink.stored));
  return {
    accepted,
    stored,
    lag: accepted - stored,
    isEven: source?.difference === 0 && sinks.every((sink) => sink.difference === 0),
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
  /** Of all its processes, and of each. */
  readonly cpuPerReadingMicros: number;
  readonly cpuMicrosByProcess: Readonly<Record<string, number>>;
  /** Of the largest process. */
  readonly peakMegabytes: number;
  readonly generatorBehind: number;
  /** Stored at this rate without growing lag: the lag at the end is below a second's worth. */
  readonly isSustained: boolean;
}

export interface ThroughputOptions {
  readonly ratePerSecond: number;
  readonly seconds: number;
  /** Published before, at the same rate, and not measured. */
  readonly warmUpSeconds?: number;
  /** Called when the measurement begins. */
  readonly onWarm?: () => Promise<void>;
}

/** Publishes at a rate for a time, end to end into the stores; nobody watches the live feed. */
export function measureThroughput(
  { ratePerSecond, seconds, warmUpSeconds = 0, onWarm }: ThroughputOptions,
  start: StartMachine = startEmbedded,
): Promise<ThroughputResult> {
  return withMachine(start, (machine) =>
    withLoad(machine, ratePerSecond, async (load) => {
      const before = await warmUp(machine, load, warmUpSeconds);
      await onWarm?.();
      const memory = Object.values(machine.pids).map(watchMemory);
      const cpuBefore = cpuByProcess(machine);
      const middle = pauseThen(seconds * 500, () => readLedger(machine));
      const published = await load.run({ seconds });
      const end = await readLedger(machine);
      const lagMiddle = (await middle).lag;
      const drained = performance.now();
      const total = before + published.acknowledged;
      const last = await untilStored(machine, total);
      const drainMs = performance.now() - drained;
      const cpuMicrosByProcess = Object.fromEntries(
        Object.entries(cpuByProcess(machine)).map(([name, seconds]) => [
          name,
          ((seconds - (cpuBefore[name] ?? 0)) / published.acknowledged) * 1e6,
        ]),
      );
      return {
        ratePerSecond,
        seconds,
        acknowledged: published.acknowledged,
        lagMiddle,
        lagEnd: end.lag,
        drainMs,
        isEven: last.isEven && last.stored === total,
        cpuPerReadingMicros: Object.values(cpuMicrosByProcess).reduce((sum, one) => sum + one, 0),
        cpuMicrosByProcess,
        peakMegabytes: Math.max(...memory.map((watched) => watched.stop())),
        generatorBehind: published.behind,
        isSustained:
          end.lag < ratePerSecond &&
          published.behind < ratePerSecond &&
          published.seconds < seconds + 2,
      };
    }),
  );
}

function cpuByProcess({ pids }: MachineUnderTest): Record<string, number> {
  return Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, cpuSeconds(pid)]));
}

/** Gives how many were published. */
async function warmUp(
  machine: MachineUnderTest,
  load: LoadGenerator,
  seconds: number,
): Promise<number> {
  if (seconds === 0) return 0;
  const { acknowledged } = await load.run({ seconds });
  await untilStored(machine, acknowledged);
  return acknowledged;
}

async function untilStored(machine: MachineUnderTest, count: number) {
  const deadline = performance.now() + 120_000;
  for (;;) {
    const ledger = await readLedger(machine);
    if (ledger.stored >= count || performance.now() > deadline) return ledger;
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
export function measureLatency(
  { ratePerSecond, seconds, warmUpSeconds = 3 }: ThroughputOptions,
  start: StartMachine = startEmbedded,
): Promise<LatencyResult> {
  return withMachine(start, (machine) =>
    withLoad(machine, ratePerSecond, async (load) => {
      const live = new LiveClient();
      await live.open(machine.http);
      await load.run({ seconds: warmUpSeconds });
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
  const first = await startEmbedded(folder.path);
  await withLoad(first, 2000, (load) => load.run({ seconds: 5 }));
  await first.stop();
  const second = await startEmbedded(folder.path);
  await pauseThen(5000, async () => undefined);
  const rest = await measureIdle(second, seconds);
  await second.stop();
  await folder.remove();
  const { millrace = { cpuPercent: Number.NaN, megabytes: Number.NaN } } = rest;
  return { ...millrace, firstReadyMs: first.readyMs, secondReadyMs: second.readyMs };
}

export interface Idle {
  readonly cpuPercent: number;
  readonly megabytes: number;
}

/** What each process uses while nothing comes in. */
export async function measureIdle(
  machine: MachineUnderTest,
  seconds: number,
): Promise<Readonly<Record<string, Idle>>> {
  const before = cpuByProcess(machine);
  await pauseThen(seconds * 1000, async () => undefined);
  const after = cpuByProcess(machine);
  return Object.fromEntries(
    Object.entries(machine.pids).map(([name, pid]) => [
      name,
      {
        cpuPercent: (((after[name] ?? 0) - (before[name] ?? 0)) / seconds) * 100,
        megabytes: anonymousMegabytes(pid),
      },
    ]),
  );
}

function pauseThen<T>(ms: number, then: () => Promise<T>): Promise<T> {
  return new Promise<void>((resolve) => setTimeout(resolve, ms)).then(then);
}
