import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLines } from '../../../formats/line-protocol/parse-lines.ts';
import { lineProtocol } from '../../../formats/line-protocol.ts';

const weather = lineProtocol({
  topic: 'telegraf/{site}',
  measurements: ['weather'],
  entity: { type: 'station', id: '{site}/{host}' },
  fields: {
    temperature: { field: 'temp', unit: 'Cel' },
    total: { kind: 'decimal' },
    open: 'is open',
    note: {},
  },
  tags: { region: '{region}', kind: '{measurement}' },
  position: { lat: 'lat', lon: 'lon' },
});

const decode = (text: string | Uint8Array, format = weather) =>
  format.decode({ topic: 'telegraf/north', payload: Buffer.from(text) });

test('measurement, tags and fields become an entity, tags and fields by declaration', () => {
  assert.deepEqual(weather.faults, []);
  const [outcome] = decode(
    'weather,host=a\\ b,region=x temp=21.5,total=18446744073709551615u,is\\ open=T,note="a \\"b\\"",lat=1,lon=2 1700000000123456789',
  );
  assert.deepEqual(outcome, {
    kind: 'ok',
    observation: {
      entityType: 'station',
      entityId: 'north/a b',
      observedAt: 1_700_000_000_123_456,
      id: undefined,
      numbers: { temperature: 21.5 },
      flags: { open: true },
      texts: { total: '18446744073709551615', note: 'a "b"' },
      unset: [],
      tags: { region: 'x', kind: 'weather' },
      position: { lat: 1, lon: 2, altitude: null },
    },
  });
});

test('each line stands for itself: a bad one is a dead letter, its neighbours go on', () => {
  const outcomes = decode(
    [
      '# a comment',
      'weather,host=a temp=1 1',
      'weather,host=a temp="not closed',
      'weather,host=a temp=2 2',
      '',
      'cpu,host=a temp=3',
      'weather,region=x temp=4',
      'weather,host=a,host=b temp=5',
      'weather,host=a note="two\nlines"',
      'weather,host=a temp=6 -1',
      'weather,host=a temp=7',
    ].join('\n'),
  );
  assert.deepEqual(
    outcomes.map((outcome) =>
      outcome.kind === 'deadLetter' ? `${outcome.reason} ${outcome.place}` : outcome.kind,
    ),
    [
      'ok',
      'payload-malformed line 3',
      'ok',
      'drop',
      'entity-invalid line 7',
      'payload-malformed line 8',
      'ok',
      'time-invalid line 11',
      'ok',
    ],
  );
});

test('a line that is not UTF-8 is a dead letter of its own', () => {
  const bytes = Buffer.concat([
    Buffer.from('weather,host=ä temp=1\nweather,host='),
    Buffer.from([0xe4]),
    Buffer.from(' temp=2\n# '),
    Buffer.from([0xff]),
    Buffer.from('\nweather,host=ö temp=3'),
  ]);
  const outcomes = decode(bytes);
  assert.deepEqual(
    outcomes.map((outcome) =>
      outcome.kind === 'ok' ? outcome.observation.entityId : outcome.kind,
    ),
    ['north/ä', 'deadLetter', 'north/ö'],
  );
});

test('times count what the declaration says', () => {
  const inSeconds = lineProtocol({
    entity: { type: 'station', id: '{measurement}' },
    fields: { v: {} },
    precision: 's',
  });
  const [outcome] = decode('a v=1 1700000000', inSeconds);
  assert.equal(outcome?.kind === 'ok' && outcome.observation.observedAt, 1_700_000_000_000_000);
  const [tooLate] = decode('a v=1 1700000000000000000', inSeconds);
  assert.ok(tooLate?.kind === 'deadLetter' && tooLate.reason === 'time-invalid');
});

test('a fault says what was expected, what came, and in which column', () => {
  const faultOf = (text: string) => {
    const [line] = parseLines(Buffer.from(text), 1);
    return line !== undefined && 'fault' in line ? line.fault : undefined;
  };
  assert.equal(
    faultOf('cpu,host= v=1'),
    'Expected a value of the tag "host"; came " " (column 10).',
  );
  assert.equal(faultOf('cpu v=12a'), 'Expected a number at v; came "12a".');
  assert.equal(
    faultOf('cpu v=9223372036854775808i'),
    'Expected an integer of 64 bits at v; came "9223372036854775808".',
  );
  assert.equal(faultOf('cpu v=1 12x'), 'Expected a time of digits; came "x" (column 11).');
  assert.equal(
    faultOf('cpu'),
    'Expected a tag or, after a blank, fields; came its end (column 4).',
  );
});

test('a megabyte of quotes, escapes or commas takes no longer than one of points', () => {
  for (const piece of [
    'a b="',
    'a\\',
    'a b=\\"',
    'a,b=c',
    'a b=1,',
    '"',
    '\\\\"',
    '#\u0001\n',
    ',\n',
  ]) {
    const payload = Buffer.from(piece.repeat(950_000 / piece.length));
    let tookMs = Number.POSITIVE_INFINITY;
    // Again when it was slow: what other threads of the process do in the meantime is counted too.
    for (let attempt = 0; attempt < 4 && tookMs > 150; attempt++) {
      const start = process.cpuUsage();
      const [outcome] = decode(payload);
      tookMs = Math.min(tookMs, process.cpuUsage(start).user / 1000);
      assert.notEqual(outcome?.kind, 'ok');
    }
    assert.ok(tookMs < 150, `${JSON.stringify(piece)} took ${tookMs} ms`);
  }
});

test('what is wrong with the declaration is told with its place', () => {
  const faults = (declaration: object) =>
    lineProtocol(declaration as never).faults?.map(({ path }) => path);
  const entity = { type: 'a', id: '{host}' };
  assert.deepEqual(faults({ entity, fields: {}, precision: 'min' }), ['precision']);
  assert.deepEqual(faults({ entity, fields: { a: { path: '$' } } }), ['fields.a.path']);
  assert.deepEqual(faults({ entity, fields: {}, topic: 'a/{x}/{x}' }), ['topic']);
  assert.ok((faults(undefined as never)?.length ?? 0) > 0);
});
