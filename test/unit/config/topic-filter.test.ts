import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { filtersOf } from '../../../core/config/filters-of.ts';
import { filterCovers, filtersOverlap, isTopicFilter } from '../../../core/config/topic-filter.ts';
import { compileTopicFilter } from '../../../services/mqtt-ingress/topic-filter.ts';

test('filters are those of MQTT, shared ones too', () => {
  for (const filter of [
    'a',
    '/',
    '+',
    '#',
    '/a//b',
    'a/+/b',
    'a/#',
    '$SYS/#',
    '$share/g/a/#',
    'ä ö/+',
  ])
    assert.ok(isTopicFilter(filter), filter);
  for (const filter of [
    '',
    'a/#/b',
    'a#',
    'a+/b',
    '#/a',
    'a\0',
    'x'.repeat(65_536),
    '$share/g',
    '$share//a',
    '$share/+/a',
  ])
    assert.ok(!isTopicFilter(filter), filter);
});

test('two filters overlap when some topic matches both', () => {
  const pairs: [string, string, boolean][] = [
    ['a/b', 'a/b', true],
    ['a/b', 'a/c', false],
    ['a/+', '+/b', true],
    ['a/#', 'a', true],
    ['a/#', 'b/#', false],
    ['#', 'a/b', true],
    ['#', '$SYS/a', false],
    ['+/a', '$SYS/a', false],
    ['$SYS/#', '$SYS/a', true],
    ['a/+/c', 'a/b', false],
    ['a/+', 'a', false],
    ['+', '/', false],
    ['+/+', '/', true],
    ['$share/g/a/+', 'a/b', true],
  ];
  for (const [a, b, expected] of pairs) {
    assert.equal(filtersOverlap(a, b), expected, `${a} ${b}`);
    assert.equal(filtersOverlap(b, a), expected, `${b} ${a}`);
  }
});

test('filters made from one topic overlap', () => {
  const levels = fc.array(fc.constantFrom('a', 'b', ''), { minLength: 1, maxLength: 5 });
  const filterOf = (topic: readonly string[], wild: readonly number[]) =>
    topic.map((level, index) => (wild[index] === 0 ? '+' : level)).join('/');
  const wild = fc.array(fc.nat(2), { minLength: 5, maxLength: 5 });
  fc.assert(
    fc.property(levels, wild, wild, fc.nat(5), (topic, wildA, wildB, rest) => {
      const a = filterOf(topic, wildA);
      const b = [...filterOf(topic, wildB).split('/').slice(0, rest), '#'].join('/');
      return filtersOverlap(a, b) && filtersOverlap(b, a);
    }),
  );
});

test('a filter covers another when it matches all that the other matches', () => {
  const level = fc.constantFrom('a', 'b', '', '$c');
  const topics = fc.array(level, { minLength: 1, maxLength: 3 }).map((all) => all.join('/'));
  const filter = fc
    .tuple(fc.array(fc.oneof(level, fc.constant('+')), { maxLength: 3 }), fc.boolean())
    .map(([levels, isOpen]) => [...levels, ...(isOpen || levels.length === 0 ? ['#'] : [])])
    .map((levels) => levels.join('/'));
  let covered = 0;
  fc.assert(
    fc.property(filter, filter, topics, (wide, narrow, topic) => {
      if (!filterCovers(wide, narrow)) return;
      covered++;
      if (compileTopicFilter(narrow)(topic)) assert.ok(compileTopicFilter(wide)(topic));
    }),
    { numRuns: 3000 },
  );
  assert.ok(covered > 100, `${covered} pairs`);
  const pairs: [string, string, boolean][] = [
    ['$share/g/a/+', 'a/+', true],
    ['a/#', 'a', true],
    ['a/+', 'a/#', false],
    ['#', '$SYS/a', false],
    ['a/+', 'a', false],
    ['a/b', 'a/+', false],
  ];
  for (const [wide, narrow, expected] of pairs)
    assert.equal(filterCovers(wide, narrow), expected, `${wide} ${narrow}`);
});

test('a source that shares a filter does not get it a second time from its format', () => {
  const format = { topics: ['meters/+', 'lamps/+'] };
  assert.deepEqual(filtersOf({ topics: ['$share/workers/meters/#'], format }), [
    '$share/workers/meters/#',
    'lamps/+',
  ]);
  assert.deepEqual(filtersOf({ format }), format.topics);
});
