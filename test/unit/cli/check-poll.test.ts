import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { freePort } from '../../../cli/bench/millrace-process.ts';
import { connectChecks } from '../../../cli/check/connect-checks.ts';
import { checkPipeline } from '../../../core/config/check-pipeline.ts';
import { number } from '../../../core/config/pipeline.ts';
import { readSettings } from '../../../core/config/read-settings.ts';
import { json } from '../../../formats/json.ts';
import { type Provider, sendJson, startProvider } from '../../support/start-provider.ts';

const at = '2026-03-01T00:00:00Z';
const pages: Readonly<Record<string, unknown>> = {
  '/well': {
    rows: [
      { id: 'a', at, value: 1 },
      { id: 'b', at, value: 2 },
    ],
  },
  '/mixed': {
    rows: [
      { id: 'a', at, value: 1 },
      { id: 'a', at, value: 1 },
      { id: 'b', at, value: 900 },
      { id: 'c', at, value: 901 },
      { id: 'd', at: 'monday', value: 3 },
      { id: 'test', at, value: 4 },
    ],
  },
  '/none': { items: [] },
};

let provider: Provider;
before(async () => {
  provider = await startProvider(({ url }, response) => sendJson(response, pages[url.pathname]));
});
after(() => provider.close());

async function checkOf(path: string) {
  const format = json({
    entity: { type: 'thing', id: '{$.id}' },
    time: { path: '$.at', unit: 'rfc3339' },
    fields: { value: '$.value' },
  });
  const poll = { url: `${provider.address}${path}`, every: '1m', items: '$.rows[*]' };
  const checked = checkPipeline(
    {
      name: 'polled',
      models: { thing: { fields: { value: number({ max: 100 }) } } },
      sources: { things: { format, poll } },
      steps: [
        {
          step: 'filter',
          name: 'no test',
          entityType: 'thing',
          keep: ({ entityId }: { entityId: string }) => entityId !== 'test',
        },
      ],
    },
    process.cwd(),
  );
  assert.ok('pipeline' in checked, JSON.stringify(checked));
  const settings = readSettings({
    MILLRACE_HTTP_PORT: `${await freePort()}`,
    MILLRACE_MQTT_LISTEN: 'off',
  });
  const all = await connectChecks(settings, checked.pipeline);
  return all.find(({ what }) => what.startsWith('source things'));
}

test('a polled page takes the whole way at check --connect: and what all of it becomes is said', async () => {
  const check = await checkOf('/well');
  assert.equal(check?.ok, true, check?.detail);
  assert.equal(check?.found, 'a page with 2 readings, 0 filtered');
});

test('what model and rules would set aside of a polled page is told with its reasons, as what the format would', async () => {
  const check = await checkOf('/mixed');
  assert.equal(check?.ok, false);
  const detail = check?.detail ?? '';
  assert.match(detail, /^a page with 1 reading, 3 dead letters, 1 filtered, 1 repeated: /);
  assert.match(detail, /2 times out-of-range \(enricher\): .*900/);
  assert.match(detail, /time-invalid \(ingress\): Expected .*monday/);
});

test('a page without the items that it should have is a dead letter', async () => {
  const check = await checkOf('/none');
  assert.equal(check?.ok, false);
  assert.match(check?.detail ?? '', /1 dead letter, 0 filtered: path-missing \(ingress\)/);
});
