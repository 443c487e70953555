/**
 * Runs the tests: every `*.test.ts` under `test/`, or those whose path contains one of the arguments.
 * Ends with a line `N passed, N failed, N skipped`; exit code 1 when one failed.
 */
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { relative } from 'node:path';
import { finished } from 'node:stream/promises';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { withoutEngine } from './require-stack.ts';
import { leadTestRun, removeServers } from './servers/test-run.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const wanted = process.argv.slice(2);
const all = globSync('test/**/*.test.ts', { cwd: root }).sort();
const files = all.filter(
  (file) => wanted.length === 0 || wanted.some((part) => file.includes(part)),
);
if (files.length === 0) {
  console.error(
    `No test file's path contains ${wanted.join(' or ')}. There are:\n  ${all.join('\n  ')}`,
  );
  process.exit(2);
}

leadTestRun();
await cleanUp();
let isEnding = false;
// Ctrl-C comes twice: from the terminal, and from the launcher that hands it on.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    if (isEnding) return;
    isEnding = true;
    void cleanUp().finally(() => process.exit(1));
  });

/** The servers that test files shared, and those that a run before this one left. */
async function cleanUp(): Promise<void> {
  if (withoutEngine() !== false) return;
  await removeServers().catch((error: Error) => {
    console.error(`Servers of tests could not be removed: ${error.message}`);
  });
}

/** These kill, stall and measure: beside others they would only test the scheduler. */
const alone = (file: string) => /^test\/(crash|stack|browser|whole)\//.test(file);

const totals = { passed: 0, failed: 0, skipped: 0 };
const skipped: string[] = [];

async function runFiles(group: readonly string[], concurrency: number): Promise<void> {
  if (group.length === 0) return;
  const events = run({
    files: group.map((file) => `${root}/${file}`),
    concurrency,
    // A file that hangs fails. The long crash test takes its time.
    timeout: process.env.MILLRACE_CRASH_LONG === '1' ? 1_500_000 : 600_000,
    execArgv: [
      '--conditions=millrace-source',
      `--import=${new URL('end-when-tested.ts', import.meta.url)}`,
    ],
  });
  events.on('test:summary', ({ file, counts }) => {
    if (file !== undefined) return;
    totals.passed += counts.passed;
    // The types of Node don't name `failed` yet.
    totals.failed += counts.tests - counts.passed - counts.skipped - counts.todo;
    totals.skipped += counts.skipped + counts.todo;
  });
  events.on('test:pass', ({ name, skip, file }) => {
    if (skip !== undefined && skip !== false) {
      skipped.push(
        `${file ? relative(root, file) : ''}: ${name}${typeof skip === 'string' ? `: ${skip}` : ''}`,
      );
    }
  });
  const report = events.compose(spec);
  report.pipe(process.stdout, { end: false });
  await finished(report);
}

await runFiles(
  files.filter((file) => !alone(file)),
  availableParallelism(),
);
await runFiles(files.filter(alone), 1);
await cleanUp();

if (skipped.length > 0) console.log(`\nSkipped:\n  ${skipped.join('\n  ')}`);
// What a machine that has everything must not skip.
const refused = process.env.MILLRACE_REQUIRE_STACK === '1' && totals.skipped > 0;
if (refused) console.log('\nMILLRACE_REQUIRE_STACK=1: a skipped test counts as failed.');
console.log(
  `\n${totals.passed} passed, ${totals.failed + (refused ? totals.skipped : 0)} failed, ${refused ? 0 : totals.skipped} skipped`,
);
process.exit(totals.failed > 0 || refused ? 1 : 0);
