import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { linePrinter } from '../../../cli/tail/print-lines.ts';

test('a slow reader is waited for, line after line, and nothing is left on the stream by it', async () => {
  const taken: string[] = [];
  const slow = new Writable({
    highWaterMark: 1,
    write(chunk, _encoding, done) {
      taken.push(String(chunk));
      setImmediate(done);
    },
  });
  const print = linePrinter(slow);
  const listeners = () =>
    ['error', 'close', 'drain'].map((event) => slow.listenerCount(event)).join();
  const before = listeners();
  for (let n = 0; n < 50; n++) assert.equal(await print(`line ${n}`), true);
  assert.equal(taken.length, 50);
  assert.equal(listeners(), before);
});

test('when nobody reads any more printing ends, without an error', async () => {
  const gone = new Writable({
    write(_chunk, _encoding, done) {
      done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    },
  });
  const print = linePrinter(gone);
  await print('one');
  await new Promise(setImmediate);
  assert.equal(await print('two'), false);
});
