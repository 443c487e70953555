import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { findPlace } from '../../../cli/dlq/find-place.ts';
import { hexDump } from '../../../cli/dlq/hex-dump.ts';
import { showPayload } from '../../../cli/dlq/show-payload.ts';

const show = (text: string, place: string | null) => showPayload(Buffer.from(text), place);

test('the place of a JSON payload is marked below its line', () => {
  assert.deepEqual(show('{"ts": 1,\n "values": [{"pm": "x"}]}', '$.values[0].pm').slice(1), [
    '',
    '$.values[0].pm is here (line 2, column 20):',
    '   "values": [{"pm": "x"}]}',
    '                     ^^^',
  ]);
});

test('of a path whose end is missing, what it should stand in is marked', () => {
  const lines = show('{"values": [{"pm25": 4}]}', "$['values'][0].pm");
  assert.equal(lines[2], "$['values'][0].pm should be in here (line 1, column 13):");
  assert.equal(lines[4], `  ${' '.repeat(12)}${'^'.repeat('{"pm25": 4}'.length)}`);
});

test('of a long line the part around the place is shown', () => {
  const text = JSON.stringify({ before: 'x'.repeat(500), here: 7, after: 'y'.repeat(500) });
  const [, , , line = '', mark = ''] = show(text, '$.here');
  assert.ok(line.length < 90);
  assert.match(line, /^ {2}\.\.\..*"here":7.*\.\.\.$/);
  assert.equal(line.slice(mark.indexOf('^'), mark.lastIndexOf('^') + 1), '7');
});

test('a place that is no path, or text that is no JSON, marks nothing', () => {
  assert.deepEqual(show('{"a": 1}', 'pm25'), ['{"a": 1}']);
  assert.deepEqual(show('not json', null), ['not json']);
  assert.deepEqual(show('', '$.a'), ['']);
});

test('bytes that are no text, or would steer a terminal, are shown as a dump', () => {
  assert.deepEqual(showPayload(Buffer.from([0, 255, 0x41, 0x1b]), null), [
    '00000000  00 ff 41 1b                                       |..A.|',
  ]);
  assert.match(show('\u001b[2J', '$.a').join('\n'), /^00000000 {2}1b 5b 32 4a/);
  const large = showPayload(Buffer.alloc(5000, 0xff), null);
  assert.equal(large[0]?.split('\n').length, 256);
  assert.match(large[1] ?? '', /904 bytes more; --json has all of them/);
});

test('a dump has every byte at its place', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const dumped = hexDump(bytes)
        .split('\n')
        .flatMap((line) => line.slice(10, 59).split(' ').filter(Boolean))
        .map((pair) => Number.parseInt(pair, 16));
      assert.deepEqual(dumped, [...bytes]);
    }),
  );
});

test('whatever the path and the text, what is found lies in the text', () => {
  const names = fc.constantFrom('$', '.a', '[0]', "['b c']", '["d"]', '[*]', '..x', '.ä');
  fc.assert(
    fc.property(fc.json(), fc.array(names), (text, parts) => {
      const found = findPlace(text, `$${parts.join('')}`);
      if (found === undefined) return;
      assert.ok(found.start >= 0 && found.start <= found.end && found.end <= text.length);
    }),
  );
});
