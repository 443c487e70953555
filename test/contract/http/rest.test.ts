import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { deadLetterCodec } from '../../../core/codec.ts';
import { deadLettersTopic, modelsTopic, registersTopic } from '../../../core/topics.ts';
import type {
  ApiEntity,
  ApiEntityDetail,
  ApiList,
  ApiProblem,
} from '../../../services/dashboard/api-types.ts';
import { makeReading } from '../../support/make-reading.ts';
import { startTestDashboard, type TestDashboard } from '../../support/start-test-dashboard.ts';
import { until } from '../../support/until.ts';

let dashboard: TestDashboard;
const second = 1_000_000;
const t0 = 1_700_000_000_000_000;

async function get<T>(path: string): Promise<{ status: number; type: string; body: T }> {
  const response = await fetch(`${dashboard.url}${path}`);
  const type = response.headers.get('content-type') ?? '';
  return { status: response.status, type, body: (await response.json()) as T };
}

const place = (lat: number, lon: number) => ({ lat, lon, altitude: null });

before(async () => {
  dashboard = await startTestDashboard();
  await dashboard.publishModel({
    entityType: 'bus',
    label: 'Bus',
    simulated: true,
    geometryRegister: 'fleet',
    colorField: 'speed',
    headingField: null,
    usualIntervalMs: 1000,
    fields: [
      {
        name: 'speed',
        kind: 'number',
        label: 'Speed',
        unit: 'm/s',
        displayUnit: 'km/h',
        min: 0,
        max: null,
      },
    ],
  });
  for (const key of ['a/1', 'b', 'c'])
    await dashboard.publishRegisterEntry({
      register: 'fleet',
      key,
      numbers: { seats: 40 },
      flags: {},
      texts: {},
      position: null,
      geometry: key === 'b' ? '{"type":"Point","coordinates":[10,56]}' : null,
    });
  await dashboard.publish([
    makeReading({
      eventId: '1',
      numbers: { speed: 1 },
      position: place(56, 10),
      observedAt: t0 + 7,
    }),
    makeReading({ eventId: '2', numbers: { speed: 2 }, observedAt: t0 + second }),
    makeReading({
      eventId: '3',
      entityId: 'ü ?#%/',
      texts: { route: '5A' },
      position: place(10, 10),
    }),
    makeReading({ eventId: '4', entityType: 'tram', entityId: '7' }),
  ]);
  await dashboard.store();
  await until(
    async () => (await get<ApiList<unknown>>('/api/v1/registers/fleet')).body.items.length === 3,
  );
  await until(async () => (await get<ApiList<unknown>>('/api/v1/models')).body.items.length === 1);
});
after(() => dashboard.stop());

test('entities are the latest, merged per field, and can be picked by type, box and distance', async () => {
  const ids = async (query: string) =>
    (await get<ApiList<ApiEntity>>(`/api/v1/entities${query}`)).body.items
      .map(({ entityId }) => entityId)
      .sort();
  assert.deepEqual(await ids(''), ['18/1029', '7', 'ü ?#%/']);
  assert.deepEqual(await ids('?type=tram'), ['7']);
  assert.deepEqual(await ids('?bbox=9,55,11,57'), ['18/1029']);
  assert.deepEqual(await ids('?near=10,10&within=5000'), ['ü ?#%/']);
  const { body } = await get<ApiList<ApiEntity>>('/api/v1/entities?bbox=9,55,11,57');
  assert.deepEqual(body.items[0], {
    entityType: 'bus',
    entityId: '18/1029',
    source: 'buses',
    observedAt: '2023-11-14T22:13:21.000Z',
    receivedAt: '2023-11-14T22:13:21.250Z',
    numbers: { speed: 2 },
    flags: {},
    texts: {},
    tags: {},
    position: place(56, 10),
    zones: [],
  });
});

test('a list is read page by page to its end', async () => {
  const seen: string[] = [];
  let query = '?limit=1';
  for (let pages = 0; pages < 10; pages++) {
    const { body } = await get<ApiList<ApiEntity>>(`/api/v1/entities${query}`);
    seen.push(...body.items.map(({ entityId }) => entityId));
    if (body.nextCursor === null) break;
    query = `?limit=1&cursor=${encodeURIComponent(body.nextCursor)}`;
  }
  assert.deepEqual(seen.sort(), ['18/1029', '7', 'ü ?#%/']);
});

test('an entity is found by its encoded id, whatever it holds, with the time of each field', async () => {
  for (const id of ['18/1029', 'ü ?#%/']) {
    const { body } = await get<ApiEntity>(`/api/v1/entities/bus/${encodeURIComponent(id)}`);
    assert.equal(body.entityId, id);
  }
  const { body } = await get<ApiEntityDetail>('/api/v1/entities/bus/18/1029');
  assert.equal(body.fieldTimes.speed, '2023-11-14T22:13:21.000Z');
  assert.equal(body.fieldTimes.position, '2023-11-14T22:13:20.000007Z');
});

test('a series has the unit of the model, and times in and out as they are promised', async () => {
  const path = '/api/v1/series?entity=bus/18%2F1029&field=speed&from=1700000000000';
  const { body } = await get(`${path}&to=2023-11-14T22:13:22Z`);
  assert.deepEqual(body, {
    series: [
      {
        entityType: 'bus',
        entityId: '18/1029',
        field: 'speed',
        unit: 'm/s',
        everyMs: null,
        points: [
          [1_700_000_000_000.007, 1],
          [1_700_000_001_000, 2],
        ],
        band: null,
      },
    ],
  });
});

test('models say how their units are shown', async () => {
  const { body } =
    await get<ApiList<{ simulated: boolean; fields: { display: object }[] }>>('/api/v1/models');
  assert.equal(body.items[0]?.simulated, true);
  const display = body.items[0]?.fields[0]?.display as { symbol: string; factor: number };
  assert.equal(display.symbol, 'km/h');
  assert.ok(Math.abs(display.factor - 3.6) < 1e-9);
});

test('a register is read page by page, shapes as GeoJSON', async () => {
  const first = await get<ApiList<{ key: string }>>('/api/v1/registers/fleet?limit=2');
  assert.deepEqual(
    first.body.items.map(({ key }) => key),
    ['a/1', 'b'],
  );
  assert.deepEqual((first.body.items[1] as { geometry?: object }).geometry, {
    type: 'Point',
    coordinates: [10, 56],
  });
  const rest = await get<ApiList<{ key: string }>>(
    `/api/v1/registers/fleet?limit=2&cursor=${first.body.nextCursor}`,
  );
  assert.deepEqual(
    rest.body.items.map(({ key }) => key),
    ['c'],
  );
  assert.equal(rest.body.nextCursor, null);
});

test('a model or a register entry that cannot be decoded hides itself and none of its neighbours', async () => {
  const dirt = { value: Buffer.from('dirt'), timestampMs: Date.now() };
  await dashboard.log.append([
    { topic: modelsTopic, key: 'dirt', ...dirt },
    { topic: registersTopic, key: 'fleet/dirt', ...dirt },
  ]);
  await until(async () => {
    const { body } = await get<ApiList<{ entries: number }>>('/api/v1/registers');
    return body.items[0]?.entries === 4;
  });
  const entries = await get<ApiList<unknown>>('/api/v1/registers/fleet');
  assert.equal(entries.status, 200);
  assert.equal(entries.body.items.length, 3);
  const models = await get<ApiList<unknown>>('/api/v1/models');
  assert.equal(models.status, 200);
  assert.equal(models.body.items.length, 1);
});

test('dead letters are listed with their beginning, grouped, and shown with their bytes', async () => {
  const receivedAt = t0;
  await dashboard.log.append(
    ['not json', Buffer.from([0xff, 0xfe])].map((bytes, index) => {
      const deadLetter = {
        id: `dead-${index}`,
        source: 'buses',
        stage: 'ingress',
        reason: 'payload-not-json',
        detail: 'It should be JSON.',
        place: null,
        topic: 'city/1/bus',
        contentType: 'application/json',
        bytes: Buffer.from(bytes),
        totalBytes: bytes.length,
        sha256: null,
        eventId: null,
        receivedAt,
        deadAt: receivedAt + index,
        part: 0,
        parts: 1,
      };
      return {
        topic: deadLettersTopic,
        key: deadLetter.id,
        value: deadLetterCodec.encode(deadLetter),
        timestampMs: receivedAt / 1000,
      };
    }),
  );
  for await (const cut of dashboard.log.tail([deadLettersTopic], { from: 'earliest' })) {
    for (const batch of cut.batches) await dashboard.writer.writeDeadLetters(batch);
    if (cut.atEnd) break;
  }
  const list = await get<ApiList<{ id: string; preview: string | null }>>('/api/v1/dead-letters');
  assert.deepEqual(
    list.body.items.map(({ id, preview }) => [id, preview]),
    [
      ['dead-1', null],
      ['dead-0', 'not json'],
    ],
  );
  const one = await get<{ bytesBase64: string }>('/api/v1/dead-letters/dead-1');
  assert.equal(one.body.bytesBase64, '//4=');
  const groups = await get<ApiList<{ count: number }>>('/api/v1/dead-letter-groups');
  assert.equal(groups.body.items[0]?.count, 2);
  assert.equal((await get('/api/v1/dead-letters/none')).status, 404);
});

test('a request with faults is told all of them, as a problem document', async () => {
  const { status, type, body } = await get<ApiProblem>(
    '/api/v1/entities?bbox=1,2&limit=0&limt=3&near=1,1',
  );
  assert.equal(status, 400);
  assert.match(type, /^application\/problem\+json/);
  assert.equal(body.type, 'urn:millrace:problem:request-invalid');
  assert.deepEqual(
    body.faults?.map(({ where, came }) => [where, came]),
    [
      ['query.bbox', '"1,2"'],
      ['query.limit', '"0"'],
      ['query.limt', 'the unknown name "limt"'],
    ],
  );
  for (const fault of body.faults ?? []) assert.ok(body.detail.includes(fault.expected));
});

test('what can be wrong with a request is said where it is', async () => {
  const faults: readonly (readonly [path: string, where: string])[] = [
    ['/entities?near=1,1', 'query.within'],
    ['/entities?within=5', 'query.near'],
    ['/entities?type=Bus', 'query.type'],
    ['/series?field=speed', 'query.entity'],
    ['/series?entity=bus/1', 'query.field'],
    ['/series?entity=bus&field=speed', 'query.entity.0'],
    ['/series?entity=bus/1&field=sped', 'query.field'],
    ['/series?entity=bus/1&field=speed&fn=median', 'query.fn'],
    ['/series?entity=bus/1&field=speed&every=fast', 'query.every'],
    ['/series?entity=bus/1&field=speed&from=2024-01-01T00:00:00Z&to=1', 'query.from'],
    ['/live?bbox=a,b,c,d', 'query.bbox'],
    ['/models?x=1', 'query.x'],
  ];
  for (const [path, where] of faults) {
    const { status, body } = await get<ApiProblem>(`/api/v1${path}`);
    assert.equal(status, 400, path);
    assert.equal(body.faults?.[0]?.where, where, `${path}: ${body.detail}`);
  }
});

test('what is not there is a problem document, with the status 404', async () => {
  for (const path of ['/api/v1/entities/bus/none', '/api/v1/nothing', '/registers/x', '/x.js']) {
    const { status, type } = await get<ApiProblem>(path);
    assert.equal(status, 404, path);
    assert.match(type, /^application\/problem\+json/, path);
  }
});

test('the ledger, the pipeline and the history answer', async () => {
  const ledger = await get<{ sources: object }>('/api/v1/ledger');
  assert.deepEqual(Object.keys(ledger.body.sources), ['buses']);
  const pipeline = await get<{ name: string; mqtt: object }>('/api/v1/pipeline');
  assert.equal(pipeline.body.name, 'test city');
  assert.deepEqual(pipeline.body.mqtt, { host: '127.0.0.1', port: 1883, credentials: false });
  const history = await get<{ readings: number; newest: string }>('/api/v1/history');
  assert.equal(history.body.readings, 4);
  assert.equal(history.body.newest, '2023-11-14T22:13:21.000Z');
});
