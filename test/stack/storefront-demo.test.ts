import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { freePort, makeDataFolder, startMillrace } from '../../cli/bench/millrace-process.ts';
import { makeDatabase } from '../support/postgres-database.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { until } from '../support/until.ts';

const example = 'examples/storefront';

interface Shown {
  readonly sql: string;
  readonly output: string;
}

/** The statements of the page, with what it shows of them; some are for one store. */
async function shownFor(store: 'sqlite' | 'postgres'): Promise<readonly Shown[]> {
  const page = await readFile(`${example}/README.md`, 'utf8');
  const blocks = page.matchAll(/```sql ?(\w*)\n([^`]+)```\s+```text\n([^`]*)```/g);
  return [...blocks].flatMap(([, only = '', sql = '', output = '']) =>
    only === '' || only === store ? [{ sql, output }] : [],
  );
}

async function ask(sql: string, env: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn(process.execPath, [`${example}/sql.ts`, sql], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (child.exitCode === null) await once(child, 'exit');
  assert.equal(child.exitCode, 0, err);
  return out;
}

/** The command of the page, as it stands there but for ports and folder, and what the tables say after the demonstration's first act. */
async function playsAsShown(
  store: 'sqlite' | 'postgres',
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  const folder = await makeDataFolder();
  const configPath = `${example}/millrace.config.ts`;
  const env = { ...settings, MILLRACE_WEBHOOK_PORT: String(await freePort()) };
  const up = await startMillrace({ configPath, dataDir: folder.path, env });
  try {
    const shown = await shownFor(store);
    assert.equal(shown.length, 3);
    for (const { sql, output } of shown) {
      const answer = () => ask(sql, { ...settings, MILLRACE_DATA_DIR: folder.path });
      // Until all of the first act is sent, and stored.
      await until(async () => (await answer()) === output, 60_000).catch(() => undefined);
      assert.equal(await answer(), output);
    }
    assert.equal(await up.stop(), 0);
  } finally {
    await up.kill();
    await folder.remove();
  }
}

test(
  'the storefront of the README plays with one command, and its tables say what the page shows',
  {
    timeout: 180_000,
  },
  () => playsAsShown('sqlite', {}),
);

test('the same with Postgres', { timeout: 180_000, skip: withoutEngine() }, async () => {
  const database = await makeDatabase();
  try {
    await playsAsShown('postgres', { MILLRACE_POSTGRES_URL: database.url });
  } finally {
    await database.remove();
  }
});
