import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A process of `millrace up` or `millrace run`. */
export interface MillraceProcess {
  readonly pid: number;
  /** Where it answers `/readyz`: of `up` the dashboard's address too. */
  readonly http: string;
  /** From spawn to the first answer of /readyz. */
  readonly readyMs: number;
  /** The end of what it printed. */
  printed(): string;
  /** Ends it by SIGTERM; resolves with its exit code. */
  stop(): Promise<number | null>;
  /** Ends it by SIGKILL, in the middle of whatever it does; resolves when it is gone. */
  kill(): Promise<void>;
}

/** A `millrace up` of its own: own ports, own data folder. */
export interface MillraceUp extends MillraceProcess {
  readonly mqttPort: number;
}

export interface StartOptions {
  readonly configPath: string;
  readonly dataDir: string;
  /** Free ones when absent. */
  readonly httpPort?: number;
  readonly mqttPort?: number;
  readonly env?: Readonly<Record<string, string>>;
}

const cliMain = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../main.ts' : '../main.js', import.meta.url),
);
const condition = import.meta.url.endsWith('.ts') ? ['--conditions=millrace-source'] : [];

export async function makeDataFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

export async function startMillrace(options: StartOptions): Promise<MillraceUp> {
  const httpPort = options.httpPort ?? (await freePort());
  const mqttPort = options.mqttPort ?? (await freePort());
  const millrace = await spawnMillrace({
    args: ['up', '--config', options.configPath, '--data-dir', options.dataDir],
    env: {
      MILLRACE_HTTP_PORT: String(httpPort),
      MILLRACE_MQTT_LISTEN: `127.0.0.1:${mqttPort}`,
      ...options.env,
    },
    http: `http://127.0.0.1:${httpPort}`,
  });
  return { ...millrace, mqttPort };
}

export interface ServiceOptions {
  readonly configPath: string;
  readonly dataDir: string;
  /** Where it answers: of the dashboard its own port, else the ops port. */
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
  /** As `['--cpu-prof']`. */
  readonly nodeArguments?: readonly string[];
}

/** `millrace run SERVICE`. */
export function startService(service: string, options: ServiceOptions): Promise<MillraceProcess> {
  const { configPath, dataDir, port, env, nodeArguments } = options;
  return spawnMillrace({
    ...(nodeArguments && { nodeArguments }),
    args: ['run', service, '--config', configPath, '--data-dir', dataDir],
    env: { MILLRACE_HTTP_PORT: String(port), MILLRACE_OPS_PORT: String(port), ...env },
    http: `http://127.0.0.1:${port}`,
  });
}

interface SpawnOptions {
  readonly nodeArguments?: readonly string[];
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly http: string;
}

/** Resolves when it is ready; rejects with what it printed when it ends before, or isn't ready within 30 s. */
async function spawnMillrace(options: SpawnOptions): Promise<MillraceProcess> {
  const { nodeArguments = [], args, env, http } = options;
  const started = performance.now();
  const child = spawn(process.execPath, [...condition, ...nodeArguments, cliMain, ...args], {
    env: { ...process.env, MILLRACE_LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let complaints = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      complaints = (complaints + chunk.toString()).slice(-4000);
    });
  }
  await untilReady(http, child, () => complaints);
  return {
    pid: child.pid ?? 0,
    http,
    readyMs: performance.now() - started,
    printed: () => complaints,
    stop: () => {
      child.kill('SIGTERM');
      return gone(child);
    },
    kill: async () => {
      child.kill('SIGKILL');
      await gone(child);
    },
  };
}

function gone(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
}

async function untilReady(
  http: string,
  child: ChildProcess,
  complaints: () => string,
): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (performance.now() < deadline) {
    if (child.exitCode !== null)
      throw new Error(`millrace ended with ${child.exitCode}:\n${complaints()}`);
    const answer = await fetch(`${http}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  child.kill('SIGKILL');
  throw new Error(`millrace was not ready within 30 s:\n${complaints()}`);
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
