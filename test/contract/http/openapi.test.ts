import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import * as answers from '../../../services/dashboard/api/answer-schemas.ts';
import { makeReading } from '../../support/make-reading.ts';
import { startTestDashboard, type TestDashboard } from '../../support/start-test-dashboard.ts';

let dashboard: TestDashboard;
before(async () => {
  dashboard = await startTestDashboard();
  await dashboard.publish([makeReading({ numbers: { speed: 3 } })]);
  await dashboard.store();
});
after(() => dashboard.stop());

interface Description {
  readonly openapi: string;
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { parameters?: { name: string }[] }>>>
  >;
}

test('the API describes itself, with the paths and parameters that are promised', async () => {
  const response = await fetch(`${dashboard.url}/openapi.json`);
  const description = (await response.json()) as Description;
  assert.match(description.openapi, /^3\.1/);
  const parameters = (path: string) =>
    description.paths[path]?.get?.parameters?.map(({ name }) => name).sort();
  assert.deepEqual(parameters('/api/v1/entities'), [
    'bbox',
    'cursor',
    'limit',
    'near',
    'type',
    'within',
    'zone',
  ]);
  assert.deepEqual(parameters('/api/v1/series'), [
    'entity',
    'every',
    'field',
    'fn',
    'from',
    'maxPoints',
    'to',
  ]);
  assert.deepEqual(parameters('/api/v1/live'), ['bbox', 'entity', 'lastEventId', 'type']);
  assert.deepEqual(parameters('/api/v1/entities/{entityType}/{entityId}'), [
    'entityId',
    'entityType',
  ]);
  for (const path of [
    '/api/v1/models',
    '/api/v1/ledger',
    '/api/v1/dead-letters',
    '/registry/subjects',
  ])
    assert.ok(description.paths[path]?.get, path);
});

test('its description can be read as a page', async () => {
  const response = await fetch(`${dashboard.url}/docs`);
  assert.equal(response.status, 200);
  const page = await response.text();
  assert.match(page, /swagger-ui/);
  assert.match(page, /<title>Millrace/);
});

test('answers are what the description says, and nothing more', async () => {
  const { listOf } = answers;
  const described: Readonly<Record<string, z.ZodType>> = {
    '/api/v1/entities': listOf(z.strictObject(answers.entityAnswer.shape)),
    '/api/v1/entities/bus/18%2F1029': z.strictObject(answers.entityDetailAnswer.shape),
    '/api/v1/series?entity=bus/18%2F1029&field=speed&from=0': answers.seriesAnswer,
    '/api/v1/models': listOf(answers.modelAnswer),
    '/api/v1/ledger': z.strictObject(answers.ledgerAnswer.shape),
    '/api/v1/pipeline': z.strictObject(answers.pipelineAnswer.shape),
    '/api/v1/history': z.strictObject(answers.historyAnswer.shape),
    '/api/v1/dead-letters': listOf(answers.deadLetterAnswer),
    '/api/v1/dead-letter-groups': listOf(answers.deadLetterGroupAnswer),
  };
  for (const [path, schema] of Object.entries(described)) {
    const response = await fetch(`${dashboard.url}${path}`);
    assert.equal(response.status, 200, path);
    const checked = schema.safeParse(await response.json());
    assert.ok(checked.success, `${path}: ${checked.error?.message}`);
  }
});
