import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The interpreter of a virtual environment that has examples/subscribe/requirements.txt. */
const python = process.env.TEST_PYTHON ?? 'python3';

/** For `test(name, { skip })`: why tests that run Python are skipped, or false. With `MILLRACE_REQUIRE_STACK=1` never. */
export function withoutPython(): string | false {
  if (process.env.MILLRACE_REQUIRE_STACK === '1') return false;
  const { status } = spawnSync(python, ['-c', 'import confluent_kafka.schema_registry.avro']);
  return status === 0
    ? false
    : `${python} has no confluent-kafka[avro]; TEST_PYTHON names one that has examples/subscribe/requirements.txt`;
}

/** Runs a program to its end, by which its lines are given; throws with what it complained when it fails. */
export async function runPython(script: URL, args: readonly string[]): Promise<readonly string[]> {
  const child = spawn(python, [fileURLToPath(script), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
    });
  const timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  clearTimeout(timer);
  if (code !== 0) throw new Error(`${python} ended with ${code}: ${said.stderr}${said.stdout}`);
  return said.stdout.trimEnd().split('\n');
}
