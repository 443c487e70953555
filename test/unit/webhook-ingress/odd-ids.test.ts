import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { json } from '../../../formats/json.ts';
import { openWebhookRig, untimedFormat, type WebhookRig } from '../../support/webhook-rig.ts';

const verify = { scheme: 'none' } as const;
const eventFormat = json({
  entity: { type: 'meter', id: '{$.data.m}' },
  fields: { n: { path: '$.data.n' } },
});

let rig: WebhookRig;
before(async () => {
  rig = await openWebhookRig({
    sources: {
      bodies: { format: untimedFormat, webhook: { verify, deliveryId: { path: '$.id' } } },
      events: { format: eventFormat, webhook: { verify } },
    },
  });
});
after(() => rig.close());

const asEvent = { type: 'application/cloudevents+json' };
const event = (source: string, id: string) =>
  JSON.stringify({ specversion: '1.0', id, source, type: 't', data: { m: 'a', n: 1 } });

async function statusesOf(
  source: string,
  body: string | Uint8Array,
  options = {},
): Promise<number[]> {
  const statuses: number[] = [];
  for (let n = 0; n < 2; n++) statuses.push((await rig.post(source, body, options)).status);
  return statuses;
}

test('an id that UTF-8 can not write, half of a surrogate pair, is one as any other', async () => {
  const withId = (id: string) => `{"m":"a","n":1,"id":"${id}"}`;
  assert.deepEqual(await statusesOf('bodies', withId('\\ud800x')), [202, 200]);
  assert.deepEqual(
    await statusesOf('bodies', withId('\\ud801x')),
    [202, 200],
    'another is another',
  );
  assert.deepEqual(await statusesOf('bodies', withId('a\\u0000b')), [202, 200]);
  assert.deepEqual(await statusesOf('events', event('s', '\udc00'), asEvent), [202, 200]);
});

test('two events whose source and id read alike one after the other are two', async () => {
  assert.deepEqual(await statusesOf('events', event('line', '1 5'), asEvent), [202, 200]);
  assert.deepEqual(await statusesOf('events', event('line 1', '5'), asEvent), [202, 200]);
});

test('an id in a form, after a byte order mark, or of twenty digits is recognised', async () => {
  const form = { type: 'application/x-www-form-urlencoded' };
  assert.deepEqual(await statusesOf('bodies', 'm=a&n=1&id=of-a-form', form), [202, 200]);
  assert.deepEqual(await statusesOf('bodies', '\ufeff{"m":"a","n":1,"id":"marked"}'), [202, 200]);
  const long = (id: string) => `{"m":"a","n":1,"id":${id}}`;
  assert.deepEqual(await statusesOf('bodies', long('12345678901234567890')), [202, 200]);
  assert.deepEqual(await statusesOf('bodies', long('12345678901234567891')), [202, 200]);
});
