import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { DeadLetterNotice } from '../../../core/dead-letter-notice.ts';
import { createEvents } from '../../../core/events.ts';

test('sources that nobody declared do not fill the memory: past a thousand all is told anew', () => {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line).source) };
  const events = createEvents({ level: 'info', metrics: new Registry(), destination });
  const notice = new DeadLetterNotice(events, () => 0);
  const outcome = { kind: 'deadLetter', reason: 'record-undecodable', detail: 'No.' } as const;
  for (let source = 0; source < 1000; source++) notice.tell(`s${source}`, outcome);
  notice.tell('s0', outcome);
  assert.equal(lines.length, 1000);
  notice.tell('s1000', outcome);
  notice.tell('s0', outcome);
  assert.deepEqual(lines.slice(1000), ['s1000', 's0']);
});

test('the first dead letter of a source and reason is told at once, the others once a minute with their number', () => {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line).msg) };
  const events = createEvents({ level: 'info', metrics: new Registry(), destination });
  let nowMicros = 0;
  const notice = new DeadLetterNotice(events, () => nowMicros);
  const outcome = {
    kind: 'deadLetter',
    reason: 'payload-not-json',
    detail: 'It ends early.',
  } as const;
  for (let second = 0; second <= 60; second++) {
    nowMicros = second * 1e6;
    notice.tell('meters', outcome);
  }
  notice.tell('lamps', outcome);
  assert.equal(lines.length, 3);
  assert.match(lines[0] ?? '', /source meters: payload-not-json\. It ends early\. See them/);
  assert.match(lines[1] ?? '', /source meters: .* 59 more since/);
  assert.match(lines[2] ?? '', /source lamps/);
});
