import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openSqliteLog } from '../../core/log/sqlite/open-sqlite-log.ts';
import { record, topic } from '../contract/log/log-driver.ts';
import { readAll, textsByKey } from '../contract/log/read-records.ts';
import { spawnNode } from '../support/spawn-node.ts';

const child = new URL('./log-child.ts', import.meta.url);

async function useFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-kill-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('promise 1: every record whose append resolved is there after kill -9, in the order of its key', {
  timeout: 120_000,
}, async (t) => {
  const folder = await useFolder(t);
  const acknowledged: number[] = [];
  const kills = 8;
  for (let round = 0; round < kills; round++) {
    // Numbers of a round never meet those that a killed round may have left behind.
    const sender = spawnNode(child, ['append', folder, `${round * 1_000_000}`]);
    const enough = acknowledged.length + 100 + round * 400;
    for await (const line of sender.lines) {
      acknowledged.push(Number(line));
      if (acknowledged.length === enough) sender.child.kill('SIGKILL');
    }
    await sender.kill();
  }
  const log = await openSqliteLog({ folder });
  t.after(() => log.close());
  const found = await readAll(log, ['in']);
  const numbers = new Set(found.map(({ text }) => Number(text)));
  assert.equal(numbers.size, found.length, 'none twice');
  assert.deepEqual(
    acknowledged.filter((number) => !numbers.has(number)),
    [],
  );
  for (const texts of Object.values(textsByKey(found))) {
    const ofKey = texts.map(Number);
    assert.deepEqual(
      ofKey,
      [...ofKey].sort((a, b) => a - b),
    );
  }
  t.diagnostic(`${kills} kills, ${acknowledged.length} acknowledged, ${found.length} in the log`);
});

test('promise 2: processing that is killed at any point of its cycle shows each effect once', {
  timeout: 120_000,
}, async (t) => {
  const folder = await useFolder(t);
  const records = 2000;
  const log = await openSqliteLog({ folder });
  await log.createTopics([topic('in', 3), topic('out', 3)]);
  for (let from = 0; from < records; from += 200) {
    const numbers = Array.from({ length: 200 }, (_, at) => from + at);
    await log.append(numbers.map((number) => record('in', `k/${number % 7}`, `${number}`)));
  }
  await log.close();

  const points = [
    'before-load',
    'after-load',
    'after-put',
    'next-turn',
    'second-turn',
    'while-writing',
    'after-commit',
  ];
  const rounds = [...points, ...points].map((point, at) => [point, `${1 + (at % 4)}`] as const);
  for (const [point, nth] of rounds) {
    const code = await spawnNode(child, ['process', folder, point, nth]).ended;
    assert.equal(code, null, `killed at ${point}`);
  }
  assert.equal(await spawnNode(child, ['process', folder, 'never', '0']).ended, 0);

  const after = await openSqliteLog({ folder });
  t.after(() => after.close());
  const texts = textsByKey(await readAll(after, ['out']));
  for (let key = 0; key < 7; key++) {
    const expected = [];
    for (let number = key; number < records; number += 7)
      expected.push(`${number}:${expected.length}`);
    assert.deepEqual(texts[`k/${key}`], expected);
  }
  t.diagnostic(`${rounds.length} kills, ${records} records`);
});

test('the folder of a writer that was killed -9 is free at once, and while it lives it is not', {
  timeout: 60_000,
}, async (t) => {
  const folder = await useFolder(t);
  const holder = spawnNode(child, ['hold', folder]);
  t.after(() => holder.kill());
  for await (const line of holder.lines) {
    assert.equal(line, 'open');
    break;
  }
  const openHere = async () => {
    const log = await openSqliteLog({ folder });
    t.after(() => log.close());
    return log;
  };
  await assert.rejects(openHere(), (error: Error & { code: string }) => {
    assert.equal(error.code, 'DATA_DIR_IN_USE');
    assert.ok(error.message.includes(folder) && error.message.includes('--data-dir'));
    return true;
  });
  await holder.kill();
  const log = await openHere();
  await assert.rejects(openHere(), { code: 'DATA_DIR_IN_USE' });
  await log.close();
  await (await openHere()).close();
});
