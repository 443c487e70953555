import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { openStateFile } from '../../../core/log/kafka/state/open-state-file.ts';
import { PackBuffer } from '../../../core/log/state/state-pack.ts';

const name = 'log/group/0';

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-state-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** One put of `key`. */
function put(space: number, key: string, value: string): Uint8Array {
  const puts = new PackBuffer();
  puts.addPut(space, key, Buffer.from(value), undefined);
  return puts.take();
}

function keyed(key: string): Uint8Array {
  const keys = new PackBuffer();
  keys.addKey(key);
  return keys.take();
}

test('what was written is read at once, and is in the file with its position when that is closed', () =>
  inFolder(async (folder) => {
    const file = openStateFile(folder);
    assert.equal(file.open(name).position, 0);
    const space = file.spaceOf(name, 'step', 1);
    file.write(name, put(space, 'k', 'value'), 7, 1000);
    assert.match(Buffer.from(await file.loadState(space, keyed('k'))).toString(), /value/);
    file.close();
    const again = openStateFile(folder);
    assert.deepEqual(again.open(name), { position: 7, writtenMs: 1000 });
    again.close();
  }));

test('a write that fails loses the copy for every partition, until each is opened again', () =>
  inFolder(async (folder) => {
    const file = openStateFile(folder);
    file.open(name);
    file.open('log/group/1');
    const space = file.spaceOf(name, 'step', 1);
    const other = new DatabaseSync(join(folder, 'kafka-state', 'state.db'));
    other.exec('BEGIN IMMEDIATE');
    assert.throws(() => file.write(name, put(space, 'k', 'value'), 7, 1000), /locked/);
    other.exec('ROLLBACK');
    other.close();
    assert.equal(file.isOpen(name), false);
    assert.equal(file.isOpen('log/group/1'), false);
    assert.match(String(file.lostBecause), /locked/);
    await assert.rejects(file.loadState(space, keyed('k')), /was lost/);
    assert.equal(file.open(name).position, 0);
    assert.equal(file.isOpen(name), true);
    file.write(name, put(file.spaceOf(name, 'step', 1), 'k', 'value'), 8, 1000);
    file.close();
  }));

test('a partition that is opened again before the file has it goes on where its state stands', () =>
  inFolder(async (folder) => {
    const file = openStateFile(folder);
    file.open(name);
    const space = file.spaceOf(name, 'step', 1);
    file.write(name, put(space, 'k', 'value'), 7, 1000);
    assert.deepEqual(file.open(name), { position: 7, writtenMs: 1000 });
    // Its old position would pass over the entries that are to be read anew.
    file.clear(name);
    assert.deepEqual(file.open(name), { position: 0, writtenMs: 0 });
    file.close();
  }));
