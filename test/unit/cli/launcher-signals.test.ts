import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '../../support/until.ts';

const launcher = fileURLToPath(new URL('../../../bin/node24.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
after(() => rmSync(folder, { recursive: true }));

/** Of util-linux: it gives its command a terminal. */
const hasScript = spawnSync('script', ['--version']).stdout?.includes('util-linux');

test('a SIGINT to the launcher alone reaches the program also at a terminal, as for a job in the background', {
  skip: hasScript ? false : 'there is no util-linux `script`',
}, async () => {
  const program = join(folder, 'program.ts');
  writeFileSync(
    program,
    `process.on('SIGINT', () => {
      console.log('asked to end');
      process.exit(0);
    });
    console.log('the launcher is ' + process.ppid + ' ' + process.stdin.isTTY);
    setTimeout(() => {}, 60_000);`,
  );
  const terminal = spawn(
    'script',
    ['-qec', `'${process.execPath}' '${launcher}' '${program}'`, '/dev/null'],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  let said = '';
  terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const pid = () => Number(/launcher is (\d+) true/.exec(said)?.[1]);
  try {
    await until(() => pid() > 0);
    process.kill(pid(), 'SIGINT');
    await until(() => said.includes('asked to end'), 10_000);
  } finally {
    terminal.kill('SIGKILL');
  }
});
