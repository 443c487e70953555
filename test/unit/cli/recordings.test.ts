import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { openRecording } from '../../../cli/replay/open-recording.ts';
import { parseRecordedTime } from '../../../cli/replay/parse-recorded-time.ts';
import { shiftHfpTimes } from '../../../cli/replay/read-hfp-dump.ts';
import { measureRecording, type Recording } from '../../../cli/replay/recording.ts';
import { readReplayMapping } from '../../../cli/replay/replay-mapping.ts';
import { UsageError } from '../../../cli/usage-error.ts';
import { isMillraceError } from '../../../core/errors.ts';

const folder = await mkdtemp(join(tmpdir(), 'millrace-recordings-'));
after(() => rm(folder, { recursive: true, force: true }));

async function fileOf(name: string, content: string | Buffer): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, content);
  return file;
}

async function packetsOf(recording: Recording, shiftMs = 0) {
  const packets = [];
  for await (const { timeMs, topic, payload } of recording.packets())
    packets.push({ timeMs, topic, payload: JSON.parse(payload(shiftMs)) });
  return packets;
}

const hfpLine =
  '2023-10-29T19:46:39.452991Z /hfp/v2/journey/ongoing/pde/bus/0018/00679/1064/1/Itä Pakila/21:12/1342115/3/60;24/29 {"PDE":{"tst":"2023-10-29T19:46:33.646Z","tsi":1698608793,"spd":null,"ttarr":"2023-10-29T19:40:00.000Z","start":"21:12"}}';

test('a topic of an HFP dump keeps its blanks and letters beyond ASCII', async () => {
  const file = await fileOf('a.dump', `${hfpLine}\n\n`);
  const [packet] = await packetsOf(openRecording(file));
  assert.equal(
    packet?.topic,
    '/hfp/v2/journey/ongoing/pde/bus/0018/00679/1064/1/Itä Pakila/21:12/1342115/3/60;24/29',
  );
  assert.equal(packet?.timeMs, Date.parse('2023-10-29T19:46:39.452Z'));
});

test('shifting an HFP payload moves its four times and leaves every other byte', () => {
  const payload = hfpLine.slice(hfpLine.indexOf(' {') + 1);
  assert.equal(
    shiftHfpTimes(payload, 60_000),
    payload
      .replace('19:46:33.646Z', '19:47:33.646Z')
      .replace('1698608793', '1698608853')
      .replace('19:40:00.000Z', '19:41:00.000Z'),
  );
});

test('a line that is no HFP packet is refused with its number', async () => {
  const file = await fileOf('b.dump', `${hfpLine}\nnonsense\n`);
  await assert.rejects(
    measureRecording(openRecording(file)),
    (error) => isMillraceError(error, 'INPUT_INVALID') && /Line 2/.test(error.message),
  );
});

test('a packed dump reads like the plain one', async () => {
  const plain = await fileOf('c.dump', `${hfpLine}\n`);
  const packed = await fileOf('c.dump.gz', gzipSync(`${hfpLine}\n`));
  assert.deepEqual(await packetsOf(openRecording(packed)), await packetsOf(openRecording(plain)));
});

test('a truncated packed file is an error and no quiet end', async () => {
  const whole = gzipSync(`${hfpLine}\n`.repeat(200));
  const file = await fileOf('d.dump.gz', whole.subarray(0, whole.length - 20));
  await assert.rejects(measureRecording(openRecording(file)), (error) =>
    isMillraceError(error, 'INPUT_INVALID'),
  );
});

test('rows that share a time are spread evenly over the span, and gaps stay gaps', async () => {
  const file = await fileOf(
    'roads.csv',
    'id,at,speed\na,2014-08-19T00:00:00,10\nb,2014-08-19T00:00:00,\na,2014-08-19T00:10:00,12\n',
  );
  const packets = await packetsOf(
    openRecording(file, {
      topic: 'roads/{id}',
      time: { column: 'at', zone: 'UTC' },
      payload: { speed: 'speed' },
      spread: 300_000,
    }),
    1000,
  );
  const t0 = Date.parse('2014-08-19T00:00:00Z');
  assert.deepEqual(packets, [
    { timeMs: t0, topic: 'roads/a', payload: { ts: t0 + 1000, speed: 10 } },
    { timeMs: t0 + 150_000, topic: 'roads/b', payload: { ts: t0 + 151_000 } },
    { timeMs: t0 + 600_000, topic: 'roads/a', payload: { ts: t0 + 601_000, speed: 12 } },
  ]);
});

test('a table with a column for each sensor and no times becomes a packet a cell', async () => {
  const file = await fileOf('wide.csv', 'n1,n2\n60.5,0\n61,5\n');
  const packets = await packetsOf(
    openRecording(file, {
      topic: 'la/{sensor}',
      time: { start: '2012-03-01T00:00:00', every: 300_000, zone: 'America/Los_Angeles' },
      columns: { name: 'sensor', value: 'mph' },
      payload: { mph: 'mph' },
      timeField: 'at',
    }),
  );
  const t0 = Date.parse('2012-03-01T08:00:00Z');
  assert.deepEqual(
    packets.map(({ topic, payload }) => [topic, payload]),
    [
      ['la/n1', { at: t0, mph: 60.5 }],
      ['la/n2', { at: t0, mph: 0 }],
      ['la/n1', { at: t0 + 300_000, mph: 61 }],
      ['la/n2', { at: t0 + 300_000, mph: 5 }],
    ],
  );
});

test('JSON lines with topic and payload are packets as they stand', async () => {
  const file = await fileOf(
    'p.jsonl',
    '{"topic":"a/b","payload":{"x":1},"time":"2026-01-01T00:00:00Z"}\n',
  );
  assert.deepEqual(await packetsOf(openRecording(file)), [
    { timeMs: Date.parse('2026-01-01T00:00:00Z'), topic: 'a/b', payload: { x: 1 } },
  ]);
});

test('a CSV file without a mapping, and a file of another kind, are wrong usage', () => {
  assert.throws(() => openRecording('x.csv'), UsageError);
  assert.throws(() => openRecording('x.parquet'), UsageError);
});

test('every fault of a mapping is listed with its place', async () => {
  const file = await fileOf('m.json', '{"topic": 3, "spread": "soon", "speed": 1}');
  await assert.rejects(readReplayMapping(file), (error) => {
    assert.ok(isMillraceError(error, 'INPUT_INVALID'));
    for (const place of ['topic:', 'spread:', '"speed"'])
      assert.ok(error.message.includes(place), place);
    return true;
  });
});

test('local times are read by their zone, summer and winter', () => {
  const zone = 'Europe/Copenhagen';
  assert.equal(
    parseRecordedTime('2014-08-19 08:00:00', { zone }),
    Date.parse('2014-08-19T06:00:00Z'),
  );
  assert.equal(
    parseRecordedTime('2014-12-19T08:00:00', { zone }),
    Date.parse('2014-12-19T07:00:00Z'),
  );
  assert.equal(parseRecordedTime('1408428000', { unit: 's' }), 1_408_428_000_000);
  assert.equal(parseRecordedTime('yesterday', {}), undefined);
});
