import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileTopicFilter } from '../../../services/mqtt-ingress/topic-filter.ts';

const matches = (filter: string, topic: string) => compileTopicFilter(filter)(topic);

test('filters match as the examples of MQTT 3.1.1, section 4.7, say', () => {
  for (const [filter, topic, expected] of [
    ['sport/tennis/player1/#', 'sport/tennis/player1', true],
    ['sport/tennis/player1/#', 'sport/tennis/player1/score/wimbledon', true],
    ['sport/#', 'sport', true],
    ['#', 'anything/at/all', true],
    ['sport/tennis/+', 'sport/tennis/player1', true],
    ['sport/tennis/+', 'sport/tennis/player1/ranking', false],
    ['sport/+', 'sport', false],
    ['sport/+', 'sport/', true],
    ['+/+', '/finance', true],
    ['/+', '/finance', true],
    ['+', '/finance', false],
    ['#', '$SYS/monitor', false],
    ['+/monitor', '$SYS/monitor', false],
    ['$SYS/#', '$SYS/monitor', true],
    ['Accounts', 'ACCOUNTS', false],
    ['/hfp/v2/#', '/hfp/v2/journey/a b/ä', true],
    ['$share/workers/meters/+', 'meters/m1', true],
  ] as const) {
    assert.equal(matches(filter, topic), expected, `${filter} and ${topic}`);
  }
});

test('filters match as the levels compared one by one say', () => {
  const level = fc.constantFrom('a', 'b', '', '$c', 'ab');
  const topics = fc.array(level, { minLength: 1, maxLength: 5 });
  const filters = fc
    .tuple(fc.array(fc.oneof(level, fc.constant('+')), { maxLength: 5 }), fc.boolean())
    .map(([levels, rest]) => (rest || levels.length === 0 ? [...levels, '#'] : levels));
  fc.assert(
    fc.property(filters, topics, (filter, topic) => {
      assert.equal(matches(filter.join('/'), topic.join('/')), byLevels(filter, topic));
    }),
    { numRuns: 2000 },
  );
});

function byLevels(filter: readonly string[], topic: readonly string[]): boolean {
  if (topic[0]?.startsWith('$') && (filter[0] === '+' || filter[0] === '#')) return false;
  const fixed = filter.at(-1) === '#' ? filter.slice(0, -1) : filter;
  const enough =
    filter.at(-1) === '#' ? topic.length >= fixed.length : topic.length === fixed.length;
  return enough && fixed.every((level, index) => level === '+' || level === topic[index]);
}
