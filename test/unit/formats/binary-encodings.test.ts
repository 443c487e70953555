import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode as encodeMsgpack } from '@msgpack/msgpack';
import { encode as encodeCbor } from 'cborg';
import fc from 'fast-check';
import { parseCbor } from '../../../formats/cbor/parse-cbor.ts';
import type { ParsedValue } from '../../../formats/json/json-text.ts';
import { parseMsgpack } from '../../../formats/msgpack/parse-msgpack.ts';

type Parse = typeof parseCbor;

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

function parsed(parse: Parse, payload: Uint8Array): ParsedValue {
  const outcome = parse(payload);
  assert.ok(outcome.kind === 'parsed', JSON.stringify(outcome));
  return outcome;
}

/** The value of the one key, and its digits where a double doesn't hold them. */
function digits(parse: Parse, payload: Uint8Array): unknown {
  const { root, numberTexts } = parsed(parse, payload);
  const [key = ''] = Object.keys(root as object);
  return numberTexts?.get(root as object)?.get(key) ?? (root as Record<string, unknown>)[key];
}

function detail(parse: Parse, payload: Uint8Array): string {
  const outcome = parse(payload);
  assert.ok(outcome.kind === 'deadLetter' && outcome.reason === 'payload-malformed');
  return outcome.detail;
}

const encodings = [
  ['CBOR', parseCbor, encodeCbor],
  ['MessagePack', parseMsgpack, encodeMsgpack],
] as const;

for (const [name, parse, encode] of encodings) {
  test(`${name} of what JSON has is the value that was encoded`, () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4, noUnicodeString: false }), (value) => {
        if (JSON.stringify(value).includes('__proto__')) return;
        // JSON has no -0: what it writes is 0.
        const expected = JSON.parse(JSON.stringify(value));
        assert.deepEqual(JSON.parse(JSON.stringify(parsed(parse, encode(value)).root)), expected);
      }),
      { numRuns: 300 },
    );
  });

  test(`${name} that was cut off is a dead letter, wherever it was cut`, () => {
    const whole = encode({ list: [1, 2.5, 'three', null, true, { deep: [new Uint8Array(9)] }] });
    for (let length = 1; length < whole.length; length++)
      assert.match(detail(parse, whole.subarray(0, length)), new RegExp(`^Expected ${name}; `));
    assert.equal((parse(new Uint8Array()) as { reason: string }).reason, 'payload-empty');
  });

  test(`${name} is decoded 64 levels deep, and up to 100,000 lists and 300,000 values`, () => {
    const nested = (depth: number): unknown[] => (depth === 1 ? [] : [nested(depth - 1)]);
    parsed(parse, encode(nested(64)));
    assert.match(detail(parse, encode(nested(65))), /nests deeper than 64/);
    const lists = (count: number) => encode(Array.from({ length: count }, () => []));
    parsed(parse, lists(99_999));
    assert.match(detail(parse, lists(100_000)), /more than 100000 objects and lists/);
    parsed(parse, encode(new Array(299_999).fill(1)));
    assert.match(detail(parse, encode(new Array(300_000).fill(1))), /more than 300000 values/);
  });

  test(`a megabyte of ${name} that nests, or declares what isn't there, is refused at once`, () => {
    const heads = name === 'CBOR' ? [0x81, 0xa1, 0xc1, 0x9b, 0xbb, 0x9f] : [0x91, 0x81, 0xdd, 0xdf];
    for (const head of heads) {
      const payload = new Uint8Array(950_000).fill(head);
      const startMs = process.cpuUsage().user / 1000;
      detail(parse, payload);
      assert.ok(process.cpuUsage().user / 1000 - startMs < 50, `of 0x${head.toString(16)}`);
    }
  });
}

test('numbers that a double does not hold keep their digits in CBOR', () => {
  assert.equal(digits(parseCbor, hex('a1 6161 1bffffffffffffffff')), '18446744073709551615');
  assert.equal(digits(parseCbor, hex('a1 6161 3bffffffffffffffff')), '-18446744073709551616');
  assert.equal(digits(parseCbor, hex('a1 6161 c2 49010000000000000000')), '18446744073709551616');
  assert.equal(digits(parseCbor, hex('a1 6161 c3 49010000000000000000')), '-18446744073709551617');
  assert.equal(digits(parseCbor, hex('a1 6161 c4 82 21 19 6ab3')), 273.15);
  assert.equal(digits(parseCbor, hex('a1 6161 c4 82 22 1a 00042af8')), 273.144);
  assert.equal(digits(parseCbor, hex('a1 6161 c4 82 22 19 03e8')), '1.000');
  assert.equal(digits(parseCbor, hex('a1 6161 c4 82 22 20')), -0.001);
  assert.equal(digits(parseCbor, hex('a1 6161 c4 82 02 03')), 300);
  assert.equal(digits(parseCbor, hex('a1 6161 c5 82 20 03')), 1.5);
});

test('big numbers, fractions and bigfloats of absurd size are refused', () => {
  assert.match(detail(parseCbor, hex(`a1 6161 c2 59 03e8 ${'ff'.repeat(1000)}`)), /128 bytes/);
  assert.match(detail(parseCbor, hex('a1 6161 c4 82 3a 7fffffff 01')), /within 400/);
  assert.match(detail(parseCbor, hex('a1 6161 c5 82 1a 7fffffff 01')), /within 400/);
  assert.match(detail(parseCbor, hex('a1 6161 c4 01')), /\[exponent, mantissa\]/);
});

test('tags of times and tags that are not known let their value through', () => {
  const text = '323031332d30332d32315432303a30343a30305a';
  assert.equal(parsed(parseCbor, hex(`c0 74 ${text}`)).root, '2013-03-21T20:04:00Z');
  assert.equal(parsed(parseCbor, hex('c1 1a 514b67b0')).root, 1_363_896_240);
  assert.deepEqual(parsed(parseCbor, hex('d9d9f7 a1 01 d9ffff 02')).root, { 1: 2 });
});

test('lists and objects of indefinite length are read in CBOR, texts and bytes in pieces are not, as docs/formats.md says', () => {
  assert.deepEqual(parsed(parseCbor, hex('bf 6161 9f 01 02 ff ff')).root, { a: [1, 2] });
  for (const pieces of ['7f 6162 6163 ff', '5f 4162 4163 ff'])
    assert.match(detail(parseCbor, hex(`a1 6161 ${pieces}`)), /indefinite length/);
});

test('keys that are numbers, bytes and __proto__ are keys by their text', () => {
  assert.deepEqual(parsed(parseCbor, hex('a2 20 01 42 0102 02')).root, { '-1': 1, AQI: 2 });
  assert.deepEqual(parsed(parseMsgpack, hex('82 ff 01 cfffffffffffffffff 02')).root, {
    '-1': 1,
    '18446744073709551615': 2,
  });
  const { root } = parsed(parseCbor, hex('a1 69 5f5f70726f746f5f5f a1 6161 01'));
  assert.deepEqual(Object.entries(root as object), [['__proto__', { a: 1 }]]);
});

test('timestamps of MessagePack are RFC 3339, to the nanosecond', () => {
  assert.equal(parsed(parseMsgpack, hex('d6ff 5e1d9a40')).root, '2020-01-14T10:38:56.000000000Z');
  assert.equal(
    parsed(parseMsgpack, hex('d7ff 00000028 5e1d9a40')).root,
    '2020-01-14T10:38:56.000000010Z',
  );
  assert.equal(parsed(parseMsgpack, hex('c7 03 05 010203')).root, 'AQID');
});

test('what comes after the end is not passed over', () => {
  assert.match(detail(parseMsgpack, hex('01 02')), /1 bytes come after its end/);
  assert.match(detail(parseCbor, hex('01 02')), /^Expected CBOR; /);
});
