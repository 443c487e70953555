import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { formatTime, progressBar } from '../../../cli/progress-bar.ts';
import type { Publisher } from '../../../cli/replay/connect-publisher.ts';
import { replayProgress } from '../../../cli/replay/replay-progress.ts';

test('a bar sets no mode of the terminal, which a command that is killed could not restore', () => {
  const terminal = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
  const stream = terminal as unknown as NodeJS.WriteStream;
  const bar = progressBar('{bar} {value}', { stream });
  bar.start(2, 0);
  bar.update(2);
  bar.stop();
  const publisher = { acknowledged: 0, published: 0 } as unknown as Publisher;
  replayProgress(publisher, 2, stream).stop();
  const shown = String(terminal.read());
  assert.match(shown, /packets/);
  assert.ok(!shown.includes('\u001b[?'), JSON.stringify(shown));
});

test('the time to go is a question mark as long as there is nothing to reckon from', () => {
  assert.deepEqual(['INF', 'NULL', Number.NaN, Number.POSITIVE_INFINITY].map(formatTime), [
    '?',
    '?',
    '?',
    '?',
  ]);
});

test('the time to go is in hours, minutes and seconds', () => {
  assert.deepEqual([0, 7, 59, 60, 130, 3600, 3900].map(formatTime), [
    '0s',
    '7s',
    '59s',
    '1m 00s',
    '2m 10s',
    '1h 00m',
    '1h 05m',
  ]);
});
