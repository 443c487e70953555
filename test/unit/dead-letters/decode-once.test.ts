import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeOnce } from '../../../core/dead-letters/decode-once.ts';
import type { Format, FormatInput } from '../../../core/format.ts';

test('the same payload is decoded once, another or the same as another type anew', () => {
  const asked: FormatInput[] = [];
  const format: Format = {
    name: 'f',
    contentType: 'text/plain',
    emits: {},
    decode: (input) => {
      asked.push(input);
      return [{ kind: 'drop', reason: 'not-a-reading' }];
    },
  };
  const decode = decodeOnce();
  const payload = Buffer.from('a');
  const input = { topic: 't', payload, contentType: undefined };
  const first = decode(format, input);
  assert.equal(decode(format, { ...input }), first);
  assert.equal(asked.length, 1);
  for (const other of [
    { ...input, payload: Buffer.from('a') },
    { ...input, contentType: 'x' },
    { ...input, topic: 'u' },
  ])
    decode(format, other);
  decode({ ...format }, input);
  assert.equal(asked.length, 5);
});
