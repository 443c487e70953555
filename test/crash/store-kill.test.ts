import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { enrichedTopic } from '../../core/topics.ts';
import { sqliteStore } from '../contract/store/sqlite-store-under-test.ts';

const script = fileURLToPath(new URL('./store-kill-writer.ts', import.meta.url));
const killAtStatement = fileURLToPath(new URL('./store-kill-at-statement.ts', import.meta.url));

/** Runs a writer until it has written so many batches, kills it (-9), and gives the last offset that it was told of. */
async function writeAndKill(folder: string, batches: number): Promise<number> {
  const child = spawn(process.execPath, ['--conditions=millrace-source', script, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let last = 0;
  let seen = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line);
    // What the pipe still holds is read after the kill.
    if (++seen === batches) setTimeout(() => child.kill('SIGKILL'), Math.random() * 6);
  }
  await exited;
  return last;
}

test('promises 2 and 3: a writer killed (-9) again and again leaves offset, counts, history and latest of one commit', async () => {
  const store = await sqliteStore();
  try {
    const reader = await store.openReader();
    let before = 0;
    for (let kills = 1; kills <= 8; kills++) {
      const batches = 2 + ((kills * 7) % 40);
      const told = await writeAndKill(store.folder, batches);
      const { offsets, sources } = await reader.account();
      const offset = offsets[enrichedTopic]?.[0] ?? 0;
      assert.ok(offset >= told && told > before, 'what the writer was told is in the file');
      assert.equal(sources.buses?.stored, offset);
      const { readings, entities, newest } = await reader.totals();
      assert.deepEqual(
        { readings, entities, newest },
        { readings: offset, entities: 20, newest: 1e15 + offset - 1 },
      );
      const { items } = await reader.entities({ limit: 100 });
      const latest = items.map(({ numbers }) => numbers.n ?? 0).sort((a, b) => a - b);
      assert.deepEqual(
        latest,
        Array.from({ length: 20 }, (_, index) => offset - 20 + index),
      );
      const series = await reader.series({
        entities: items,
        fields: ['n'],
        from: 0,
        to: 2e15,
        fn: 'last',
        maxPoints: 1e6,
      });
      const numbers = series.flatMap(({ points }) => points.map(([, n]) => Number(n)));
      assert.equal(new Set(numbers).size, offset, 'each reading once, none missing');
      before = offset;
    }
  } finally {
    await store.remove();
  }
});

test('promise 2: killed (-9) before each statement of a write, the store is at the one commit or the other', async () => {
  const store = await sqliteStore();
  try {
    const reader = await store.openReader();
    let statement = 0;
    for (let cameThrough = false; !cameThrough; statement++) {
      const child = spawn(
        process.execPath,
        ['--conditions=millrace-source', killAtStatement, store.folder, String(statement)],
        { stdio: 'inherit' },
      );
      const [code] = await once(child, 'exit');
      cameThrough = code === 0;
      const { offsets, sources } = await reader.account();
      const offset = offsets[enrichedTopic]?.[0] ?? 0;
      const { readings } = await reader.totals();
      const { items } = await reader.entities({ limit: 10 });
      const stored = sources.buses?.stored ?? 0;
      assert.deepEqual({ stored, readings }, { stored: offset, readings: offset });
      const newest = Math.max(-1, ...items.map(({ numbers }) => numbers.n ?? 0));
      assert.equal(newest, offset - 1);
    }
    assert.ok(statement > 15, `${statement} statements`);
  } finally {
    await store.remove();
  }
});
