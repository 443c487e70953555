import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { registerSchemas } from '../../../core/registry/register-schemas.ts';
import { newestSchema, type SchemaVersion, schemaVersions } from '../../../core/schemas.ts';
import {
  startSchemaRegistry,
  type TestRegistry,
  type TestRegistryOptions,
} from '../../support/start-schema-registry.ts';

const stops: (() => Promise<void>)[] = [];
after(async () => {
  for (const stop of stops) await stop();
});

async function started(options: TestRegistryOptions = {}): Promise<TestRegistry> {
  const registry = await startSchemaRegistry(options);
  stops.push(() => registry.stop());
  return registry;
}

const registerAll = (url: string, more: Partial<Parameters<typeof registerSchemas>[0]> = {}) =>
  registerSchemas({ url, topicPrefix: '', register: true, patienceMs: 3000, ...more });

const reading = newestSchema('readings.raw.v1');
const fields = (reading.schema as unknown as { fields: unknown[] }).fields;
/** A second version of the readings, with one field more. */
const withField = (field: object): SchemaVersion => ({
  ...reading,
  id: 100_099,
  version: 2,
  schema: { ...(reading.schema as object), fields: [...fields, field] } as SchemaVersion['schema'],
});
const twoVersions = [reading, withField({ name: 'accuracy', type: 'double', default: 0 })];

test('every schema is registered under its topic with the prefix, and a second start finds the same ids', async () => {
  const registry = await started({ firstId: 7 });
  const first = await registerAll(registry.url, { topicPrefix: 'oslo.' });
  assert.deepEqual(
    [...registry.subjects.keys()],
    [...new Set(schemaVersions.map(({ topic }) => `oslo.${topic}-value`))],
  );
  // One schema, one id, under however many subjects.
  const idOf = (topic: string) => first.find((one) => one.topic === topic)?.id;
  assert.equal(idOf('readings.raw.v1'), 7);
  assert.equal(idOf('readings.enriched.v1'), 7);
  assert.equal(idOf('deadletters.v1'), 8);
  const asked = registry.requests.length;
  assert.deepEqual(await registerAll(registry.url, { topicPrefix: 'oslo.' }), first);
  assert.ok(!registry.requests.slice(asked).some((request) => request.includes('/versions')));
});

test('the versions of a topic are registered in their order, so that the history there is ours', async () => {
  const registry = await started();
  const ids = await registerAll(registry.url, { versions: twoVersions });
  assert.deepEqual(ids, [
    { topic: 'readings.raw.v1', version: 1, id: 1 },
    { topic: 'readings.raw.v1', version: 2, id: 2 },
  ]);
  const schemas = registry.subjects.get('readings.raw.v1-value')?.map(({ schema }) => schema);
  assert.deepEqual(
    schemas?.map((schema) => JSON.parse(schema)),
    twoVersions.map(({ schema }) => schema),
  );
});

test('a schema that the registry finds incompatible refuses the start with its words and its level', async () => {
  const registry = await started();
  const broken = withField({ name: 'accuracy', type: 'double' });
  await assert.rejects(registerAll(registry.url, { versions: [reading, broken] }), {
    code: 'REGISTRY_REFUSED',
    message:
      /subject readings\.raw\.v1-value, and answers: .*"accuracy" is new and has no default.*\(409\)\. Its compatibility for the subject is BACKWARD/,
  });
});

test('a subject that another program uses with a schema of its own is a refusal, and stays as it is', async () => {
  const registry = await started();
  const other = { type: 'record', name: 'Other', fields: [] } as unknown as SchemaVersion['schema'];
  await registerAll(registry.url, { versions: [{ ...reading, schema: other }] });
  await assert.rejects(registerAll(registry.url), {
    code: 'REGISTRY_REFUSED',
    message: /MILLRACE_KAFKA_TOPIC_PREFIX/,
  });
  assert.equal(registry.subjects.get('readings.raw.v1-value')?.length, 1);
});

test('a registry that refuses writing serves those who find their schemas there', async () => {
  const options = { isReadOnly: false };
  const registry = await started(options);
  const ids = await registerAll(registry.url);
  options.isReadOnly = true;
  assert.deepEqual(await registerAll(registry.url), ids);
  await assert.rejects(registerAll(registry.url, { topicPrefix: 'new.' }), {
    code: 'REGISTRY_REFUSED',
    message: /read-only: register the files of schemas\/ there first/,
  });
});

test('user and password of the address are sent, and stand in no message', async () => {
  const credentials = { username: 'mill', password: 'r:a@c/e %' };
  const registry = await started({ credentials });
  assert.equal((await registerAll(registry.url)).length, schemaVersions.length);
  const wrong = registry.url.replace('mill', 'other');
  await assert.rejects(registerAll(wrong), (error: Error & { code: string }) => {
    assert.equal(error.code, 'REGISTRY_REFUSED');
    assert.match(error.message, /\(401\)\. Give a user and a password/);
    assert.ok(!error.message.includes('r:a') && !error.message.includes('r%3Aa'));
    return true;
  });
});

test('a registry whose store is away for a moment is asked again until it answers', async () => {
  let failures = 3;
  const registry = await started({ failWith: () => (failures-- > 0 ? 500 : undefined) });
  const retries: unknown[] = [];
  const ids = await registerAll(registry.url, { onRetry: (error) => retries.push(error) });
  assert.equal(ids.length, schemaVersions.length);
  assert.equal(retries.length, 3);
});

test('a registry that stays away ends the start within its patience, with the address and what failed', async () => {
  const registry = await started();
  const { url } = registry;
  await registry.stop();
  const startedAt = performance.now();
  await assert.rejects(
    registerAll(url.replace('http://', 'http://u:secret@'), { patienceMs: 400 }),
    {
      code: 'REGISTRY_UNAVAILABLE',
      message:
        /^The schema registry http:\/\/127\.0\.0\.1:\d+ should answer, and did not within 0\.4 s: .*ECONNREFUSED/,
    },
  );
  assert.ok(performance.now() - startedAt < 3000);
});

test('something that answers and is no registry is a refusal at once', async () => {
  const page = createServer((_, response) => response.end('<html>hello</html>'));
  await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
  stops.push(() => new Promise((resolve) => page.close(() => resolve())));
  const { port } = page.address() as AddressInfo;
  await assert.rejects(registerAll(`http://127.0.0.1:${port}`), {
    code: 'REGISTRY_REFUSED',
    message: /the API of the Confluent Schema Registry/,
  });
});

test('an id that is the built-in id of another schema is refused: topics may hold records of both', async () => {
  const registry = await started({ firstId: 100_002 });
  await assert.rejects(registerAll(registry.url), {
    code: 'REGISTRY_REFUSED',
    message: /it gave 100002, which is the built-in id of deadletters\.v1/,
  });
});

test('a program that only reads looks up what is there, and registers nothing', async () => {
  const registry = await started();
  assert.deepEqual(await registerAll(registry.url, { register: false }), []);
  assert.equal(registry.subjects.size, 0);
  const ids = await registerAll(registry.url);
  assert.deepEqual(await registerAll(registry.url, { register: false }), ids);
});
