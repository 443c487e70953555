import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const cliMain = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

export interface MillraceRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that has not ended by then is killed: its test fails instead of waiting for ever. */
const longestMs = 60_000;

/** Runs a command of the CLI to its end in a process of its own. */
export function runMillrace(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<MillraceRun> {
  const { child, finished } = spawnMillrace(args, env);
  child.stdin.end();
  const timer = setTimeout(() => child.kill('SIGKILL'), longestMs);
  return finished.finally(() => clearTimeout(timer));
}

/** The same, for commands that go on: the process, and what it said once it has ended. */
export function spawnMillrace(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, ['--conditions=millrace-source', cliMain, ...args], {
    env: { ...withoutSettings(process.env), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  const finished = new Promise<MillraceRun>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...output }));
  });
  return { child, output, finished };
}

/** A test's process hears of the settings that the test gives, and of no others. */
function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('MILLRACE_')));
}
