import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freePort, makeDataFolder } from '../../cli/bench/millrace-process.ts';
import type { PollView } from '../../core/poll/poll-view.ts';
import { runMillrace, spawnMillrace } from '../support/run-millrace.ts';
import { sendJson, startProvider } from '../support/start-provider.ts';
import { until } from '../support/until.ts';

const config = fileURLToPath(new URL('cli-poll.config.ts', import.meta.url));
const dayMs = 86_400_000;
const fromMs = Date.UTC(2026, 0, 1);

test('millrace poll: ls shows how each source stands, backfill fetches a range and shows its progress, while up runs and before', {
  timeout: 120_000,
}, async () => {
  const folder = await makeDataFolder();
  const provider = await startProvider(({ url }, response) => {
    if (url.pathname === '/plain') {
      sendJson(response, {}, { status: 404 });
      return;
    }
    const from = url.searchParams.get('from');
    const at = from ?? '2026-03-01T00:00:00Z';
    sendJson(response, [{ id: from === null ? 'now' : `of-${at}`, at, value: 1 }]);
  });
  const env = {
    PROVIDER: provider.address,
    MILLRACE_DATA_DIR: folder.path,
    MILLRACE_HTTP_PORT: `${await freePort()}`,
    MILLRACE_MQTT_LISTEN: 'off',
  };
  const run = (...args: string[]) => runMillrace(['poll', ...args, '--config', config], env);
  const list = async () => {
    const { code, stdout, stderr } = await run('ls', '--json');
    assert.equal(code, 0, stderr);
    return (JSON.parse(stdout) as { items: PollView[] }).items;
  };
  try {
    const early = await run('backfill', 'things', '--from', '2026-01-01', '--to', '2026-01-03');
    assert.equal(early.code, 0, early.stderr);
    assert.match(early.stdout, /It begins with the next millrace up/);

    const up = spawnMillrace(['up', '--config', config], env);
    await until(async () => {
      const things = (await list()).find(({ source }) => source === 'things');
      return things?.backfills[0]?.state === 'done' && things.lastSuccess !== null;
    });
    const [first] = (await list()).filter(({ source }) => source === 'things');
    assert.equal(first?.cursor, '2026-03-01T00:00:00Z');
    assert.equal(first?.backfills[0]?.readings, 2);

    const late = await run('backfill', 'things', '--from', '2026-01-10', '--to', '2026-01-20');
    assert.equal(late.code, 0, late.stderr);
    assert.match(late.stdout, /backfill 2026-01-10 to 2026-01-20: done, 10 pages, 10 readings/);
    assert.match(late.stderr, /running, \d+ %|done/);

    const people = await run('ls');
    assert.match(people.stdout, /SOURCE +LAST SUCCESS/);
    assert.match(people.stdout, /things .* closed +2026-03-01T00:00:00Z/);
    assert.match(people.stdout, /plain +never .* open/);
    assert.match(people.stdout, /plain: .*\/plain answered 404/);

    const api = `http://127.0.0.1:${env.MILLRACE_HTTP_PORT}/api/v1/polls`;
    const ask = (source: string, body: object) =>
      fetch(`${api}/${source}/backfills`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const range = {
      from: new Date(fromMs).toISOString(),
      to: new Date(fromMs + dayMs).toISOString(),
    };
    assert.equal((await ask('nothing', range)).status, 404);
    assert.equal((await ask('plain', range)).status, 400);
    assert.equal((await ask('things', { from: range.to, to: range.from })).status, 400);
    assert.equal((await ask('things', range)).status, 202);

    const ready = (await (await fetch(api.replace('/api/v1/polls', '/readyz'))).json()) as {
      ready: boolean;
      services: { name: string; detail?: string }[];
    };
    assert.equal(ready.ready, true);
    const detail = ready.services.find(({ name }) => name === 'poll-ingress')?.detail;
    assert.match(detail ?? '', /plain is not asked until/);

    const ended = once(up.child, 'exit');
    up.child.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null], up.output.stderr);
  } finally {
    await provider.close();
    await folder.remove();
  }
});

test('millrace poll says what is wrong with how it was called', async () => {
  const env = { PROVIDER: 'http://127.0.0.1:1' };
  const stderrOf = async (...args: string[]) => {
    const { code, stderr } = await runMillrace(['poll', ...args, '--config', config], env);
    assert.equal(code, 2, stderr);
    return stderr;
  };
  assert.match(await stderrOf(), /takes ls, or backfill and a SOURCE/);
  assert.match(await stderrOf('backfill', 'thing', '--from', '2026-01-01'), /did you mean things/);
  assert.match(await stderrOf('backfill', 'plain', '--from', '2026-01-01'), /poll\.backfill/);
  assert.match(await stderrOf('backfill', 'things'), /--from/);
  assert.match(await stderrOf('backfill', 'things', '--from', 'monday'), /2026-01-31/);
  assert.match(
    await stderrOf('backfill', 'things', '--from', '2026-01-02', '--to', '2026-01-01'),
    /later/,
  );
});

test('millrace check --connect asks each polled provider for a page, and says what it would become', async () => {
  const folder = await makeDataFolder();
  const provider = await startProvider(({ url }, response) => {
    if (url.pathname === '/plain') sendJson(response, {}, { status: 401 });
    else sendJson(response, [{ id: 'a', at: '2026-03-01T00:00:00Z', value: 1 }]);
  });
  const env = {
    PROVIDER: provider.address,
    MILLRACE_DATA_DIR: folder.path,
    MILLRACE_HTTP_PORT: `${await freePort()}`,
    MILLRACE_MQTT_LISTEN: 'off',
  };
  try {
    const args = ['check', '--connect', '--config', config];
    const { code, stdout, stderr } = await runMillrace(args, env);
    assert.equal(code, 1, stderr);
    assert.match(stdout, /source things at http.*\/things.*a page with 1 reading, 0 filtered/);
    assert.match(
      stdout,
      /source plain at .*\/plain.*answered 401: it does not take the credentials/,
    );
    assert.equal(provider.got.length, 2);
  } finally {
    await provider.close();
    await folder.remove();
  }
});
