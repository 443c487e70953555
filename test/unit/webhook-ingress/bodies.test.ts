import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { custom } from '../../../formats/custom.ts';
import { json } from '../../../formats/json.ts';
import { meterFormat, openWebhookRig, type WebhookRig } from '../../support/webhook-rig.ts';

const none = { verify: { scheme: 'none' } } as const;
const at = 1_700_000_000_000_000;
const reading = (n: number) => JSON.stringify({ m: 'a', n, at: at + n });

const bytesFormat = custom({
  name: 'bytes',
  contentType: 'application/x-meter',
  emits: { meter: ['n'] },
  decode: ({ payload }) => [
    {
      kind: 'ok',
      observation: {
        ...{ entityType: 'meter', entityId: 'bytes', observedAt: at, position: null, unset: [] },
        ...{ numbers: { n: payload.length }, flags: {}, texts: {}, tags: {} },
      },
    },
  ],
});
const eventFormat = json({
  entity: { type: 'meter', id: '{$.data.m}' },
  time: { path: '$.data.at', unit: 'us' },
  fields: { n: { path: '$.data.n' } },
  tags: { kind: '{$.type}' },
});
const formFormat = json({
  entity: { type: 'meter', id: '{$.m}' },
  fields: { n: { path: '$.n' } },
});

let rig: WebhookRig;
before(async () => {
  rig = await openWebhookRig({
    sources: {
      plain: { format: meterFormat, webhook: none },
      deep: { format: meterFormat, webhook: { ...none, maxDepth: 3 } },
      bytes: { format: bytesFormat, webhook: none },
      events: { format: eventFormat, webhook: none },
      form: { format: formFormat, webhook: none },
    },
  });
});
after(() => rig.close());

async function newReadings(work: () => Promise<unknown>) {
  const before = new Set((await rig.readings()).map(({ eventId }) => eventId));
  await work();
  return (await rig.readings()).filter(({ eventId }) => !before.has(eventId));
}

async function newDeadLetters(work: () => Promise<unknown>) {
  const before = new Set((await rig.deadLetters()).map(({ id }) => id));
  await work();
  return (await rig.deadLetters()).filter(({ id }) => !before.has(id));
}

test('each line is a payload of its own, and a bad one hurts only itself', async () => {
  const body = `${reading(1)}\r\n\n not json \n{"m":"a","n":1}\n${reading(2)}`;
  const type = 'application/x-ndjson';
  let readings: unknown[] = [];
  const dead = await newDeadLetters(async () => {
    readings = await newReadings(async () => {
      const answer = await rig.post('plain', body, { type });
      assert.deepEqual([answer.status, answer.body], [202, { accepted: 4 }]);
    });
  });
  assert.equal(readings.length, 2);
  assert.deepEqual(dead.map(({ bytes }) => String(bytes).trim()).sort(), [
    'not json',
    '{"m":"a","n":1}',
  ]);
});

test('thousands of lines are one delivery', async () => {
  const lines = Array.from({ length: 5000 }, (_, n) => reading(10_000 + n)).join('\n');
  const readings = await newReadings(async () => {
    const answer = await rig.post('plain', lines, { type: 'application/x-ndjson' });
    assert.deepEqual(answer.body, { accepted: 5000 });
  });
  assert.equal(new Set(readings.map(({ numbers }) => numbers.n)).size, 5000);
});

test('millions of empty lines hold nobody up', async () => {
  const blanks = gzipSync(
    Buffer.concat([Buffer.alloc(9_000_000, '\r\n'), Buffer.from(reading(9))]),
  );
  // Of this thread's processor time: others may keep the machine busy.
  const usedMs = () => process.threadCpuUsage().user / 1000;
  let longestMs = 0;
  let lookedAt = usedMs();
  const timer = setInterval(() => {
    longestMs = Math.max(longestMs, usedMs() - lookedAt);
    lookedAt = usedMs();
  }, 5);
  try {
    const answer = await rig.post('plain', blanks, {
      type: 'application/x-ndjson',
      headers: { 'content-encoding': 'gzip' },
    });
    assert.deepEqual(answer.body, { accepted: 1 });
  } finally {
    clearInterval(timer);
  }
  assert.ok(longestMs < 100, `${longestMs} ms`);
});

test('a compressed body is inflated, by each of the encodings', async () => {
  for (const [encoding, compress] of [
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const) {
    const n = 20_000 + encoding.length;
    const readings = await newReadings(() =>
      rig.post('plain', compress(reading(n)), { headers: { 'content-encoding': encoding } }),
    );
    assert.deepEqual(
      readings.map(({ numbers }) => numbers),
      [{ n }],
    );
  }
});

test('a hundred compressed bodies at once are inflated a few at a time, and none is refused', async () => {
  const headers = { 'content-encoding': 'gzip' };
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, n) =>
      rig.post('plain', gzipSync(reading(40_000 + n)), { headers }),
    ),
  );
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([202]));
});

test('a form becomes a JSON object, with a list for a name that comes twice', async () => {
  const type = 'application/x-www-form-urlencoded';
  const dead = await newDeadLetters(() => rig.post('form', 'x=a+b&x=%C3%A9&__proto__=1', { type }));
  assert.deepEqual(
    dead.map(({ bytes }) => String(bytes)),
    ['{"x":["a b","é"],"__proto__":"1"}'],
  );
  assert.equal(dead[0]?.contentType, 'application/json');
});

test('a form with too many fields is answered 400', async () => {
  const type = 'application/x-www-form-urlencoded';
  assert.equal((await rig.post('form', 'a&'.repeat(1001), { type })).status, 400);
});

test('JSON that is nested too deep is answered 400; a line of it is a dead letter', async () => {
  const deep = `{"m":"a","n":1,"at":${at},"x":[[[1]]]}`;
  assert.equal((await rig.post('deep', deep)).status, 400);
  assert.equal((await rig.post('deep', deep.replaceAll('[[[1]]]', '"[[[[{{"'))).status, 202);
  const dead = await newDeadLetters(() =>
    rig.post('deep', `${deep}\n${reading(30_000)}`, { type: 'application/x-ndjson' }),
  );
  assert.deepEqual(
    dead.map(({ reason }) => reason),
    ['payload-not-json'],
  );
});

test('a type that the format has itself goes to it as bytes; JSON does not', async () => {
  for (const type of ['application/x-meter', 'application/octet-stream', undefined])
    assert.equal((await rig.post('bytes', Buffer.from([0, 1, 255]), { type })).status, 202);
  assert.equal((await rig.post('bytes', '{}')).status, 415);
});

const event = (n: number, more: object = {}) => ({
  ...{ specversion: '1.0', id: `e${n}`, source: '/meters', type: 'meter.read' },
  ...{ data: { m: 'a', n, at: at + n } },
  ...more,
});
const structured = 'application/cloudevents+json; charset=utf-8';

test('a CloudEvent is recognised by its source and id, structured or with its attributes in headers', async () => {
  const first = await rig.post('events', JSON.stringify(event(1)), { type: structured });
  assert.deepEqual([first.status, first.body], [202, { accepted: 1 }]);
  const again = await rig.post('events', JSON.stringify(event(1)), { type: structured });
  assert.deepEqual([again.status, again.body], [200, { duplicate: true }]);
  const headers = {
    ...{ 'ce-specversion': '1.0', 'ce-id': 'e1', 'ce-source': '/meters', 'ce-type': 'meter.read' },
  };
  const data = JSON.stringify(event(1).data);
  assert.equal((await rig.post('events', data, { headers })).status, 200);
  const other = { ...headers, 'ce-id': 'e2' };
  const readings = await newReadings(() => rig.post('events', data, { headers: other }));
  assert.deepEqual(
    readings.map(({ tags }) => tags),
    [{ kind: 'meter.read' }],
  );
});

test('a CloudEvent in headers that becomes a dead letter holds its attributes and its data as it came', async () => {
  const headers = {
    ...{ 'ce-specversion': '1.0', 'ce-id': 'e3', 'ce-source': '/meters', 'ce-type': '%E2%82%AC' },
    'ce-tenant': 'north',
  };
  const [dead] = await newDeadLetters(() => rig.post('events', '{"n": 1.10}', { headers }));
  const bytes = String(dead?.bytes);
  assert.match(bytes, /"data":\{"n": 1\.10\}\}$/);
  assert.deepEqual(JSON.parse(bytes), {
    ...{ specversion: '1.0', id: 'e3', source: '/meters', type: '€', tenant: 'north' },
    ...{ datacontenttype: 'application/json', data: { n: 1.1 } },
  });
  const binary = { ...headers, 'ce-id': 'e4' };
  const [other] = await newDeadLetters(() =>
    rig.post('events', Buffer.from([1, 2, 255]), { headers: binary, type: 'image/png' }),
  );
  assert.equal(JSON.parse(String(other?.bytes)).data_base64, 'AQL/');
});

test('text of a CloudEvent that is not UTF-8 is kept as its bytes', async () => {
  const headers = { 'ce-specversion': '1.0', 'ce-id': 'latin', 'ce-source': 's', 'ce-type': 't' };
  const type = 'text/plain; charset=iso-8859-1';
  assert.equal(
    (await rig.post('events', Buffer.from([0xe9, 0x41]), { type, headers })).status,
    202,
  );
  const letter = (await rig.deadLetters()).find(({ bytes }) => bytes.includes('latin'));
  assert.match(String(letter?.bytes), /"data_base64":"6UE="/);
});

test('of a batch of CloudEvents each is recognised by itself, and one that is none is a dead letter', async () => {
  const type = 'application/cloudevents-batch+json';
  const batch = (...events: object[]) => JSON.stringify(events);
  const first = await rig.post('events', batch(event(11), event(12)), { type });
  assert.deepEqual([first.status, first.body], [202, { accepted: 2 }]);
  const more = await rig.post('events', batch(event(12), event(13), { id: 'x' }), { type });
  assert.deepEqual([more.status, more.body], [202, { accepted: 2 }]);
  const again = await rig.post('events', batch(event(11), event(13)), { type });
  assert.deepEqual([again.status, again.body], [200, { duplicate: true }]);
  const alone = await rig.post('events', JSON.stringify(event(11)), { type: structured });
  assert.equal(alone.status, 200);
  assert.equal((await rig.post('events', '[]', { type })).status, 202);
});

test('an event that became a dead letter is accepted as one that is read: its id is known, and a mended one has a new id', async () => {
  const type = 'application/cloudevents-batch+json';
  const good = event(21);
  const bad = { ...event(22), data: { m: 'a', n: 22, at: 'monday' } };
  const post = (...events: object[]) => rig.post('events', JSON.stringify(events), { type });
  const letters = await newDeadLetters(async () => {
    assert.deepEqual((await post(good, bad)).body, { accepted: 2 });
  });
  assert.deepEqual(
    letters.map(({ reason }) => reason),
    ['time-invalid'],
  );
  const none = await newReadings(async () => {
    assert.deepEqual((await post(good, bad)).body, { duplicate: true });
    assert.deepEqual((await post(event(22))).body, { duplicate: true }, 'an id is one content');
  });
  assert.deepEqual(none, [], 'the letter is what can be replayed, once');
  const mended = { ...event(22), id: 'mended' };
  const readings = await newReadings(() => post(mended));
  assert.equal(readings.length, 1);
});

test('a batch keeps every digit of its numbers', async () => {
  const type = 'application/cloudevents-batch+json';
  const text =
    '[ {"specversion":"1.0","id":"b1","source":"s","type":"t","data":{"n":12345678901234567890.10}} ]';
  const [dead] = await newDeadLetters(() => rig.post('events', text, { type }));
  assert.match(String(dead?.bytes), /12345678901234567890\.10/);
});

test('a CloudEvent without what it must have is answered 400', async () => {
  for (const body of [
    '[]',
    '1',
    '{',
    JSON.stringify(event(1, { specversion: '0.1' })),
    JSON.stringify(event(1, { id: 5 })),
  ])
    assert.equal((await rig.post('events', body, { type: structured })).status, 400, body);
  const headers = { 'ce-specversion': '1.0', 'ce-id': 'e9', 'ce-type': 't' };
  assert.equal((await rig.post('events', '{}', { headers })).status, 400);
});
