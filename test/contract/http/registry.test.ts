import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import avro from 'avsc';
import { readingCodec, useSchemaIds } from '../../../core/codec.ts';
import { registerSchemas } from '../../../core/registry/register-schemas.ts';
import { schemaVersions } from '../../../core/schemas.ts';
import { makeReading } from '../../support/make-reading.ts';
import { startTestDashboard, type TestDashboard } from '../../support/start-test-dashboard.ts';

let dashboard: TestDashboard;
before(async () => {
  dashboard = await startTestDashboard();
});
after(() => dashboard.stop());

interface Described {
  readonly subject: string;
  readonly version: number;
  readonly id: number;
  readonly schema: string;
}

async function ask<T>(path: string, options?: RequestInit): Promise<{ status: number; body: T }> {
  const response = await fetch(`${dashboard.url}/registry${path}`, options);
  assert.match(
    response.headers.get('content-type') ?? '',
    /^application\/vnd\.schemaregistry\.v1\+json/,
  );
  return { status: response.status, body: (await response.json()) as T };
}

test('a consumer that knows only the registry decodes a record of ours', async () => {
  const bytes = readingCodec.encode(makeReading({ numbers: { speed: 12.5 } }));
  const id = bytes.readUInt32BE(1);
  const { body } = await ask<{ schema: string }>(`/schemas/ids/${id}`);
  const type = avro.Type.forSchema(JSON.parse(body.schema));
  const decoded = type.fromBuffer(bytes.subarray(5));
  assert.equal(decoded.entityId, '18/1029');
  assert.deepEqual({ ...decoded.numbers }, { speed: 12.5 });
});

test('a producer that has the schema finds its id, written in any way', async () => {
  const schema = readFileSync('schemas/Reading.avsc', 'utf8');
  const subject = 'readings.raw.v1-value';
  const found = await ask<Described>(`/subjects/${subject}`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema }),
  });
  const latest = await ask<Described>(`/subjects/${subject}/versions/latest`);
  assert.deepEqual(found.body, latest.body);
  assert.deepEqual(JSON.parse(latest.body.schema), JSON.parse(schema));
  assert.equal((await ask<Described>(`/subjects/${subject}/versions/1`)).body.id, found.body.id);
});

test('subjects, versions, types and compatibility are listed as by the original', async () => {
  const subjects = (await ask<string[]>('/subjects')).body;
  assert.ok(subjects.includes('readings.enriched.v1-value'));
  const several: Readonly<Record<string, readonly number[]>> = { 'deadletters.v1-value': [1, 2] };
  for (const subject of subjects)
    assert.deepEqual((await ask(`/subjects/${subject}/versions`)).body, several[subject] ?? [1]);
  assert.deepEqual((await ask('/schemas/types')).body, ['AVRO']);
  assert.deepEqual((await ask('/config')).body, { compatibilityLevel: 'BACKWARD' });
  assert.deepEqual((await ask('/schemas/ids/100001/versions')).body, [
    { subject: 'readings.raw.v1-value', version: 1 },
    { subject: 'readings.enriched.v1-value', version: 1 },
  ]);
});

test('errors have the codes that clients of the original look for', async () => {
  const post = { method: 'POST', headers: { 'content-type': 'application/json' } };
  const other = JSON.stringify({ schema: '"string"' });
  const cases: readonly (readonly [string, RequestInit | undefined, number])[] = [
    ['/schemas/ids/1', undefined, 40403],
    ['/schemas/ids/x', undefined, 40403],
    ['/subjects/none/versions', undefined, 40401],
    ['/subjects/models.v1-value/versions/99', undefined, 40402],
    ['/subjects/models.v1-value/versions/newest', undefined, 42202],
    ['/subjects/models.v1-value', { ...post, body: other }, 40403],
    ['/subjects/models.v1-value', { ...post, body: '{"schema":"{"}' }, 42201],
    ['/subjects/models.v1-value/versions', { ...post, body: other }, 42205],
  ];
  for (const [path, options, code] of cases) {
    const { status, body } = await ask<{ error_code: number; message: string }>(path, options);
    assert.equal(body.error_code, code, path);
    assert.equal(status, Math.floor(code / 100), path);
    assert.ok(body.message.length > 0);
  }
});

test('another Millrace may have this one as its outside registry: it finds every schema, and registers none', async () => {
  const options = { url: `${dashboard.url}/registry`, topicPrefix: '', patienceMs: 2000 };
  const builtIn = schemaVersions.map(({ topic, version, id }) => ({ topic, version, id }));
  assert.deepEqual(await registerSchemas({ ...options, register: true }), builtIn);
  await assert.rejects(registerSchemas({ ...options, topicPrefix: 'x.', register: true }), {
    code: 'REGISTRY_REFUSED',
    message: /read-only/,
  });
});

test('with an outside registry its ids are answered too, and the built-in ones still are', async () => {
  const outside = schemaVersions.map(({ topic, version, id }) => ({
    topic,
    version,
    id: id - 100_000,
  }));
  useSchemaIds(outside);
  try {
    const id = readingCodec.encode(makeReading({})).readUInt32BE(1);
    assert.equal(id, 1);
    const since = await ask<{ schema: string }>('/schemas/ids/1?subject=readings.raw.v1-value');
    assert.deepEqual(since, await ask('/schemas/ids/100001'));
    const latest = await ask<Described>('/subjects/readings.raw.v1-value/versions/latest');
    assert.equal(latest.body.id, 1);
    assert.equal((await ask<unknown[]>('/schemas/ids/1/versions')).body.length, 2);
  } finally {
    useSchemaIds([]);
  }
});

test('topics with a prefix have subjects with it', async () => {
  const kafka = {
    brokers: [],
    sasl: undefined,
    tls: undefined,
    topicPrefix: 'oslo.',
    replication: 1,
  };
  const prefixed = await startTestDashboard({ settings: { kafka } });
  try {
    const answer = await fetch(`${prefixed.url}/registry/subjects`);
    const subjects = (await answer.json()) as string[];
    assert.ok(subjects.includes('oslo.readings.enriched.v1-value'));
    assert.ok(subjects.every((subject) => subject.startsWith('oslo.')));
  } finally {
    await prefixed.stop();
  }
});
