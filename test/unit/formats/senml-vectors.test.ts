import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { encode } from 'cborg';
import { parseCbor } from '../../../formats/cbor/parse-cbor.ts';
import { type ResolvedRecord, resolve } from '../../../formats/senml/resolve.ts';

const folder = fileURLToPath(new URL('../../../../shared/data/vectors/senml', import.meta.url));
const skip = existsSync(folder) ? false : 'the vectors are not here';
/** When the examples' times relative to now were resolved. */
const now = 1_498_780_179;

interface Expected {
  readonly n: string;
  readonly u?: string;
  readonly t: number;
  readonly v: number;
}

const labels = { bver: -1, bn: -2, bt: -3, bu: -4, bv: -5, bs: -6, n: 0, u: 1, v: 2, t: 6 };

const read = (name: string) => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8'));

/** The same pack with the labels of CBOR. */
function inCbor(pack: readonly Record<string, unknown>[]): Uint8Array {
  const records = pack.map(
    (record) =>
      new Map(Object.entries(record).map(([label, value]) => [labels[label as 'n'], value])),
  );
  return encode(records);
}

function resolved(pack: unknown, isCbor: boolean): readonly Expected[] {
  const records = resolve(pack, { isCbor, numberTexts: undefined });
  assert.ok(!('kind' in records), JSON.stringify(records));
  return records.map((record) => {
    assert.ok(!('kind' in record), JSON.stringify(record));
    const { n, u, t, value } = record as ResolvedRecord;
    assert.ok(typeof value === 'number');
    return { n, ...(u === undefined ? {} : { u }), t: t < 2 ** 28 ? now + t : t, v: value };
  });
}

/** To the microsecond, which is what is kept of times. */
const rounded = (records: readonly Expected[]) =>
  records.map((record) => ({ ...record, t: Math.round(record.t * 1e6) }));

test('each example of RFC 8428 is resolved as its resolved form says, in JSON and in CBOR', {
  skip,
}, (t) => {
  const files = globSync('ex?.json', { cwd: folder }).sort();
  assert.ok(files.length >= 5);
  for (const file of files) {
    const pack = read(file);
    const expected: readonly Expected[] = read(file.replace('.json', '.resolved.json'));
    const records = resolved(pack, false);
    assert.deepEqual(rounded(records), rounded(expected), file);
    const cbor = parseCbor(inCbor(pack));
    assert.ok(cbor.kind === 'parsed');
    assert.deepEqual(rounded(resolved(cbor.root, true)), rounded(expected), `${file} in CBOR`);
    for (const { n, u, t: time, v } of records)
      t.diagnostic(`${basename(file, '.json')} | ${n} | ${u} | ${time} | ${v} | as expected`);
  }
});
