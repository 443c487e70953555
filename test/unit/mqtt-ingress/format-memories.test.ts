import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeDataFolder } from '../../../cli/bench/millrace-process.ts';
import { FormatMemories } from '../../../services/mqtt-ingress/format-memories.ts';
import { MqttDb } from '../../../services/mqtt-ingress/mqtt-db.ts';

type Bounds = { readonly maxValues: number; readonly maxBytes: number };

async function withMemories(
  use: (open: (bounds?: Bounds) => FormatMemories, refused: () => number) => void,
): Promise<void> {
  const folder = await makeDataFolder();
  const opened: MqttDb[] = [];
  let refused = 0;
  try {
    use(
      (bounds) => {
        const db = new MqttDb(folder.path);
        opened.push(db);
        return new FormatMemories({ db, onRefused: () => refused++, ...(bounds && { bounds }) });
      },
      () => refused,
    );
  } finally {
    for (const db of opened) db.close();
    await folder.remove();
  }
}

test('what a saved batch put is there for whoever opens the folder next', async () => {
  await withMemories((open) => {
    const memories = open();
    memories.of('plant').put('birth/a', 'one');
    memories.of('plant').put('birth/b', 'two');
    memories.save(memories.takePuts());
    memories.of('plant').put('birth/b', undefined);
    memories.save(memories.takePuts());
    const later = open();
    assert.equal(later.of('plant').get('birth/a'), 'one');
    assert.equal(later.of('plant').get('birth/b'), undefined);
    assert.equal(later.of('another').get('birth/a'), undefined, 'sources do not share');
  });
});

test('what is put is seen at once, and is on disk only when its batch is saved', async () => {
  await withMemories((open) => {
    const memories = open();
    memories.of('plant').put('seq', '1');
    assert.equal(memories.of('plant').get('seq'), '1');
    assert.equal(open().of('plant').get('seq'), undefined);
    const puts = memories.takePuts();
    assert.equal(memories.of('plant').get('seq'), '1', 'also while the log is asked');
    memories.save(puts);
    assert.equal(open().of('plant').get('seq'), '1');
  });
});

test('what a refused batch put is forgotten, and what a later one put stays', async () => {
  await withMemories((open) => {
    const memories = open();
    const plant = memories.of('plant');
    plant.put('a', 'saved');
    memories.save(memories.takePuts());
    plant.put('a', 'refused');
    plant.put('b', 'refused');
    const refusedPuts = memories.takePuts();
    plant.put('b', 'later');
    const laterPuts = memories.takePuts();
    memories.forget(refusedPuts);
    assert.equal(plant.get('a'), 'saved');
    assert.equal(plant.get('b'), 'later');
    memories.save(laterPuts);
    assert.equal(open().of('plant').get('b'), 'later');
  });
});

test('past its bounds a new value is refused and counted, and those that are known may still change', async () => {
  await withMemories((open, refused) => {
    const memories = open({ maxValues: 2, maxBytes: 1000 });
    const plant = memories.of('plant');
    plant.put('a', '1');
    plant.put('b', '1');
    plant.put('c', '1');
    memories.save(memories.takePuts());
    assert.equal(plant.get('c'), undefined);
    assert.equal(refused(), 1);
    plant.put('a', '2');
    plant.put('b', undefined);
    memories.save(memories.takePuts());
    assert.equal(plant.get('a'), '2');
    plant.put('c', '1');
    assert.equal(plant.get('c'), '1');
    assert.equal(refused(), 1);
    plant.put('d', 'x'.repeat(2 * 1024 * 1024));
    assert.equal(plant.get('d'), undefined, 'too long');
    assert.equal(refused(), 2);
  });
});

test('what no longer fits at hand is read from the disk', async () => {
  await withMemories((open) => {
    const memories = open();
    const plant = memories.of('plant');
    const long = 'x'.repeat(900_000);
    for (let n = 0; n < 40; n++) plant.put(`${n}`, `${n}${long}`);
    memories.save(memories.takePuts());
    for (let n = 0; n < 40; n++) assert.ok(plant.get(`${n}`)?.startsWith(`${n}x`));
  });
});
