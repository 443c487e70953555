import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { TailPosition } from '../../../core/log/kafka/read/tail-cuts.ts';
import { WholeCommits } from '../../../core/log/kafka/read/whole-commits.ts';
import { placeOf } from '../../../core/log/kafka/read/with-leaders.ts';
import { TopicNames } from '../../../core/log/kafka/topic-names.ts';
import type { StableBatch } from '../../../core/log/kafka/wire/decode-records.ts';

const names = new TopicNames('p.');
const partitions = 3;

interface Written {
  readonly commit: number;
  readonly producerId: number;
  readonly place: number;
  readonly batch: StableBatch;
}

/** Commits of some producers one after the other, each of which writes to some partitions, as a log would hold them. */
function write(commits: readonly { producer: number; places: readonly number[] }[], bytes: number) {
  const ends = Array<number>(partitions).fill(0);
  const ofProducer = new Map<number, Record<number, number>>();
  const written: Written[] = [];
  const entries = commits.map(({ producer, places }, commit) => {
    const own = ofProducer.get(producer) ?? {};
    for (const place of places) {
      const offset = ends[place] ?? 0;
      const one = { offset, key: 'k', value: null, timestampMs: commit };
      const batch = { records: [one], nextOffset: offset + 1, byteLength: bytes };
      written.push({
        commit,
        producerId: producer,
        place,
        batch: { ...batch, producerId: producer },
      });
      own[place] = offset + 1;
      // A marker.
      ends[place] = offset + 2;
    }
    ofProducer.set(producer, own);
    const told = { ...own };
    // A producer commits for several partitions.
    const partition = producer * 10 + (commit % 3);
    return { group: 'g', partition, producerId: producer, input: {}, ends: { t: told } };
  });
  return { written, entries, ends };
}

/** Reads each partition in steps; gives which commits the cuts held, and where it was at the end. */
function readThrough(
  { written, entries, ends }: ReturnType<typeof write>,
  steps: readonly number[],
  known: 'all' | 'the last of each',
) {
  const positions: TailPosition[] = ends.map((end, partition) => ({
    ...{ topic: 'p.t', partition, offset: 0, firstEnd: end },
  }));
  const whole = new WholeCommits(names, positions);
  const last = new Map(entries.map((entry) => [entry.partition, entry]));
  for (const entry of known === 'all' ? entries : last.values()) whole.noteCommit(entry);
  const given: number[][] = [];
  const givenAtEnd: number[] = [];
  const read = (at: number) => {
    const position = positions[at];
    const end = ends[at] ?? 0;
    if (position && position.offset < end) {
      const next = written.find(
        ({ place, batch }) => place === at && batch.nextOffset > position.offset,
      );
      position.offset = next ? next.batch.nextOffset + 1 : end;
      whole.take([{ of: position, batches: next ? [next.batch] : [] }]);
    }
    const { reads } = whole.release(true);
    const cut: number[] = [];
    for (const { of, batches } of reads)
      for (const batch of batches)
        cut.push(
          written.find(
            (one) =>
              placeOf(of) === placeOf({ topic: 'p.t', partition: one.place }) &&
              one.batch === batch,
          )?.commit ?? -1,
        );
    given.push(cut);
    if (!whole.isHolding) givenAtEnd.push(given.flat().length);
  };
  for (const at of steps) read(at);
  while (positions.some(({ offset }, at) => offset < (ends[at] ?? 0)))
    for (let at = 0; at < partitions; at++) read(at);
  read(0);
  return { given, givenAtEnd };
}

const commits = fc.array(
  fc.record({
    producer: fc.integer({ min: 1, max: 3 }),
    places: fc.uniqueArray(fc.integer({ min: 0, max: partitions - 1 }), { minLength: 1 }),
  }),
  { minLength: 1, maxLength: 20 },
);
const steps = fc.array(fc.integer({ min: 0, max: partitions - 1 }), { maxLength: 40 });

function isWhole(given: readonly number[], written: readonly Written[]): boolean {
  return [...new Set(given)].every(
    (commit) =>
      given.filter((one) => one === commit).length ===
      written.filter((one) => one.commit === commit).length,
  );
}

test('whatever is read first, each cut holds commits whole, and in the end all', () => {
  fc.assert(
    fc.property(commits, steps, (list, order) => {
      const log = write(list, 100);
      const { given } = readThrough(log, order, 'all');
      for (const cut of given) assert.ok(isWhole(cut, log.written), `${given.map(String)}`);
      assert.equal(given.flat().length, log.written.length);
    }),
  );
});

test('beyond its bound cuts come as they are, and it is at the end when what it gave is whole', () => {
  fc.assert(
    fc.property(commits, steps, (list, order) => {
      const log = write(list, 10 * 1024 * 1024);
      const { given, givenAtEnd } = readThrough(log, order, 'the last of each');
      assert.equal(given.flat().length, log.written.length);
      for (const count of givenAtEnd)
        assert.ok(isWhole(given.flat().slice(0, count), log.written), `${given.map(String)}`);
    }),
  );
});
