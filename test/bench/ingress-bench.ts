import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { LoadGenerator } from '../../cli/bench/load-generator.ts';
import { freePort, makeDataFolder } from '../../cli/bench/millrace-process.ts';
import { cpuSeconds } from '../../cli/bench/process-usage.ts';
import { until } from '../support/until.ts';

export interface IngressBenchOptions {
  readonly packets: number;
  readonly connections: number;
  /** Most unacknowledged packets of one connection. */
  readonly window: number;
  /** Given to the measured process: `['--cpu-prof', ...]`. */
  readonly nodeArguments?: readonly string[];
}

export interface IngressBenchResult {
  readonly name: string;
  readonly packets: number;
  readonly seconds: number;
  readonly packetsPerSecond: number;
  /** Of the measured process alone, the log's worker thread included. */
  readonly packetsPerCpuSecond: number;
}

const serve = fileURLToPath(new URL('ingress-process.ts', import.meta.url));

/**
 * How many QoS 1 packets a second one process (broker, decoding, log) acknowledges: JSON of 150 bytes, one reading
 * each, by a declared mapping, over loopback. The load comes from this process, so that their costs stay apart.
 */
export async function measureIngress(options: IngressBenchOptions): Promise<IngressBenchResult> {
  const { packets, connections, window, nodeArguments = [] } = options;
  const folder = await makeDataFolder();
  const port = await freePort();
  const child = await startProcess(folder.path, port, nodeArguments);
  const load = new LoadGenerator({ port, connections, window, ratePerSecond: null, packet });
  try {
    await load.connect();
    // The first ones pay for compiling.
    await load.run({ packets: Math.ceil(packets / 5) });
    const pid = Number(child.pid);
    const cpuBefore = cpuSeconds(pid);
    const { acknowledged, seconds } = await load.run({ packets });
    return {
      name: `ingress, ${connections} connections, ${window} in flight each`,
      packets: acknowledged,
      seconds,
      packetsPerSecond: Math.round(acknowledged / seconds),
      packetsPerCpuSecond: Math.round(acknowledged / (cpuSeconds(pid) - cpuBefore)),
    };
  } finally {
    load.close();
    await stopProcess(child);
    await folder.remove();
  }
}

const stations = 500;

/** 150 bytes. */
function packet(index: number, intendedMicros: number): { topic: string; payload: string } {
  const station = index % stations;
  const values = {
    ts: Math.floor(intendedMicros / 1000),
    seq: index,
    pm25: 11.25 + (index % 40),
    pm10: 20.5 + (index % 60),
    no2: 31.75,
    temp: 18.5 + (index % 10),
    hum: 55,
    bat: 3.61,
    rssi: -71,
    st: 'ok',
  };
  const text = JSON.stringify(values);
  const payload = `${text.slice(0, -1)},"x":"${'-'.repeat(Math.max(0, 143 - text.length))}"}`;
  return { topic: `city/d${station % 10}/s${station}/state`, payload };
}

async function startProcess(
  folder: string,
  port: number,
  nodeArguments: readonly string[],
): Promise<ChildProcess> {
  const given = ['--conditions=millrace-source', ...nodeArguments, serve, folder, `${port}`];
  const child = spawn(process.execPath, given, { stdio: ['pipe', 'pipe', 'inherit'] });
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  await until(() => said.includes('ready'));
  return child;
}

async function stopProcess(child: ChildProcess): Promise<void> {
  child.stdin?.end();
  await until(() => child.exitCode !== null || child.signalCode !== null);
}
