import type { Benchmark, BenchOptions, Figure } from '../../cli/bench/benchmarks.ts';
import { measureIdle, measureLatency, measureThroughput } from '../../cli/bench/end-to-end.ts';
import { benchConfigPath, type MachineUnderTest } from '../../cli/bench/machine-under-test.ts';
import { ServerCpu } from '../support/servers/server-cpu.ts';
import { benchReach } from '../support/servers/start-server.ts';
import { startFullStack } from '../support/start-full-stack.ts';

const figure = (name: string, unit: string, value: number): Figure => ({ name, unit, value });

/** A JVM that has just started uses several times the CPU of one that runs. */
const warmUpSeconds = 60;

/** Servers of its own in containers, and each service a process. */
async function startMachine(): Promise<MachineUnderTest> {
  const startedMs = performance.now();
  const stack = await startFullStack({ configPath: benchConfigPath, reach: benchReach });
  const { host, port } = stack.servers.mosquitto.address;
  return {
    http: stack.http,
    mqttHost: host,
    mqttPort: port,
    pids: Object.fromEntries([...stack.processes].map(([name, { pid }]) => [name, pid])),
    readyMs: performance.now() - startedMs,
    stop: () => stack.stop(),
  };
}

/** What `millrace bench` measures on the embedded stack, on Kafka, Mosquitto, InfluxDB and Postgres. */
export const fullStackBenchmarks: readonly Benchmark[] = [
  {
    name: 'full-stack',
    summary: 'MQTT through Kafka to InfluxDB and Postgres, every promise kept, at each rate',
    run: throughput,
  },
  {
    name: 'full-stack-latency',
    summary: 'the same, to the live feed, at 1,000 and 5,000 a second',
    run: latency,
  },
  {
    name: 'full-stack-rest',
    summary: 'CPU and memory of each service with nothing coming in',
    run: rest,
  },
];

async function throughput({ ratesPerSecond, seconds }: BenchOptions): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const ratePerSecond of ratesPerSecond) {
    const servers = await ServerCpu.open();
    const result = await measureThroughput(
      { ratePerSecond, seconds, warmUpSeconds, onWarm: () => servers.begin() },
      async () => {
        const machine = await startMachine();
        const stop = async () => {
          await servers.end();
          await machine.stop();
        };
        return { ...machine, stop };
      },
    );
    if (!result.isEven)
      throw new Error(`At ${ratePerSecond} a second the ledger was not even: a bug, not a figure.`);
    const at = `at ${ratePerSecond}/s:`;
    figures.push(
      figure(`${at} acknowledged`, '1/s', result.acknowledged / seconds),
      figure(`${at} sustained (1 is yes)`, '', result.isSustained ? 1 : 0),
      figure(`${at} lag in the middle`, 'readings', result.lagMiddle),
      figure(`${at} lag at the end`, 'readings', result.lagEnd),
      figure(`${at} largest process at the peak`, 'MB', result.peakMegabytes),
      ...Object.entries(result.cpuMicrosByProcess).map(([name, micros]) =>
        figure(`${at} CPU of ${name}`, 'us/reading', micros),
      ),
      ...Object.entries(servers.seconds).map(([name, used]) =>
        figure(`${at} CPU of ${name} (server)`, 'us/reading', (used / result.acknowledged) * 1e6),
      ),
    );
  }
  return figures;
}

async function latency({ seconds }: BenchOptions): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const ratePerSecond of [1000, 5000]) {
    const options = { ratePerSecond, seconds: Math.min(seconds, 20), warmUpSeconds };
    const { p50, p99, p999 } = await measureLatency(options, startMachine);
    figures.push(
      figure(`${ratePerSecond}/s: p50`, 'ms', p50),
      figure(`${ratePerSecond}/s: p99`, 'ms', p99),
      figure(`${ratePerSecond}/s: p99.9`, 'ms', p999),
    );
  }
  return figures;
}

async function rest(): Promise<readonly Figure[]> {
  const machine = await startMachine();
  try {
    // What a start leaves behind is over by then.
    await measureIdle(machine, 10);
    const idle = await measureIdle(machine, 20);
    return Object.entries(idle).flatMap(([name, { cpuPercent, megabytes }]) => [
      figure(`${name}: CPU`, '% of a core', cpuPercent),
      figure(`${name}: memory (anonymous)`, 'MB', megabytes),
    ]);
  } finally {
    await machine.stop();
  }
}
