import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../cli/bench/millrace-process.ts';
import { until } from '../support/until.ts';

export interface RunningService {
  readonly pid: number;
  /** Ends it by SIGTERM; resolves when it is gone. */
  stop(): Promise<void>;
}

export interface ServiceOptions {
  readonly configPath: string;
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly nodeArguments?: readonly string[];
}

const cliMain = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

/** `millrace run NAME` in a process of its own; resolves when it is ready. */
export async function startService(name: string, options: ServiceOptions): Promise<RunningService> {
  const { configPath, dataDir, env, nodeArguments = [] } = options;
  const opsPort = await freePort();
  const millrace = ['run', name, '--config', configPath, '--data-dir', dataDir];
  const child = spawn(
    process.execPath,
    ['--conditions=millrace-source', ...nodeArguments, cliMain, ...millrace],
    {
      env: {
        ...process.env,
        MILLRACE_LOG_LEVEL: 'warn',
        MILLRACE_OPS_PORT: String(opsPort),
        ...env,
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  const isGone = () => child.exitCode !== null || child.signalCode !== null;
  const stop = async () => {
    if (isGone()) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  try {
    await until(async () => {
      const answer = await fetch(`http://127.0.0.1:${opsPort}/readyz`);
      return answer.ok || isGone();
    }, 60_000);
  } catch (error) {
    await stop();
    throw error;
  }
  if (isGone()) throw new Error(`millrace run ${name} ended with ${child.exitCode}.`);
  return { pid: Number(child.pid), stop };
}
