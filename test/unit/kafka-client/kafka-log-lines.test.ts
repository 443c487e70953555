import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logLevel } from 'kafkajs';
import { Registry } from 'prom-client';
import { createEvents } from '../../../core/events.ts';
import { kafkaLogLines } from '../../../core/log/kafka/client/kafka-log-lines.ts';

/** Lines of our log after kafkajs has logged these as errors. */
function linesAfter(messages: readonly string[]): { event: string; msg: string }[] {
  const lines: { event: string; msg: string }[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const events = createEvents({ level: 'info', metrics: new Registry(), destination });
  const write = kafkaLogLines(events)(logLevel.WARN);
  for (const message of messages) {
    const log = { timestamp: '', message, stack: 'Error: at many places' };
    write({ namespace: 'Connection', level: logLevel.ERROR, label: 'ERROR', log });
  }
  return lines;
}

test('a broker that is away is told once, not at each attempt, and without stacks', () => {
  const lines = linesAfter(Array(50).fill('Connection error: connect ECONNREFUSED 127.0.0.1:9092'));
  assert.equal(lines.length, 1);
  assert.equal(lines[0]?.event, 'kafka.unreachable');
  assert.match(lines[0]?.msg ?? '', /ECONNREFUSED/);
  assert.doesNotMatch(JSON.stringify(lines), /many places/);
});

test('the ordinary life of a group is no warning', () => {
  const ordinary = [
    'Response GroupCoordinator(key: 10, version: 2)',
    'The group coordinator is not available',
    'The group is rebalancing, re-joining',
    'The coordinator is not aware of this member, re-joining the group',
  ];
  assert.deepEqual(linesAfter(ordinary), []);
});
