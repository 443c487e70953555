import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface SpawnedNode {
  readonly child: ChildProcess;
  /** Whole lines of its standard output. */
  readonly lines: AsyncIterable<string>;
  /** Kills it as a power cut would, and resolves when it is gone. Harmless when it has ended. */
  kill(): Promise<void>;
  /** Resolves with exit code, or null when a signal ended it. */
  readonly ended: Promise<number | null>;
}

/** Runs a TypeScript file in a process of its own, as the tests are run. */
export function spawnNode(script: URL, args: readonly string[]): SpawnedNode {
  const command = ['--conditions=millrace-source', script.pathname, ...args];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const lines = createInterface({ input: child.stdout });
  return {
    child,
    lines,
    ended,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
