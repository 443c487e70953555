import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { until } from './until.ts';

const main = fileURLToPath(new URL('../crash/mqtt-ingress-process.ts', import.meta.url));

/**
 * `where` is the port of its own broker, or the address of another; there it may have a filter of its own. Resolves
 * when it takes packets.
 */
export async function startIngressProcess(
  folder: string,
  where: string,
  filter?: string,
): Promise<ChildProcess> {
  const given = [folder, where, ...(filter === undefined ? [] : [filter])];
  const child = spawn(process.execPath, ['--conditions=millrace-source', main, ...given], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  await until(() => said.includes('ready') || child.exitCode !== null);
  assert.equal(child.exitCode, null, said);
  return child;
}
