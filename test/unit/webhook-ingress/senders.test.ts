import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { openWebhookRig, untimedFormat, type WebhookRig } from '../../support/webhook-rig.ts';

const secret = 'a secret';
const whsec = `whsec_${Buffer.from('a secret of 24 bytes or more').toString('base64')}`;
const format = untimedFormat;
const body = '{"m":"a","n":1,"id":"evt_1"}';
const hex = (text: string) => createHmac('sha256', secret).update(text).digest('hex');

let rig: WebhookRig;
before(async () => {
  rig = await openWebhookRig({
    sources: {
      github: { format, webhook: { verify: { scheme: 'github', secret } } },
      slack: { format, webhook: { verify: { scheme: 'slack', secret } } },
      meta: { format, webhook: { verify: { scheme: 'meta', secret, verifyToken: 'word' } } },
      stripe: { format, webhook: { verify: { scheme: 'stripe', secret } } },
      standard: { format, webhook: { verify: { scheme: 'standard-webhooks', secret: whsec } } },
    },
  });
});
after(() => rig.close());

const seconds = () => Math.floor(Date.now() / 1000);

async function assertOnce(source: string, text: string, headers: Record<string, string>) {
  const first = await rig.post(source, text, { headers });
  assert.deepEqual([first.status, first.body], [202, { accepted: 1 }], source);
  const again = await rig.post(source, text, { headers });
  assert.deepEqual([again.status, again.body], [200, { duplicate: true }], source);
}

test("a sender's own signature lets it in, and its own id makes a repeat a duplicate", async () => {
  const t = seconds();
  await assertOnce('github', body, {
    'x-hub-signature-256': `sha256=${hex(body)}`,
    'x-github-delivery': 'b2d1',
    'x-github-event': 'push',
  });
  await assertOnce('stripe', body, { 'stripe-signature': `t=${t},v1=${hex(`${t}.${body}`)}` });
  const key = Buffer.from(whsec.slice('whsec_'.length), 'base64');
  const signature = createHmac('sha256', key).update(`msg_1.${t}.${body}`).digest('base64');
  await assertOnce('standard', body, {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(t),
    'webhook-signature': `v1,${signature}`,
  });
  assert.equal((await rig.readings()).length, 3);
});

test('what a sender asks before it sends is answered, and is no reading', async () => {
  const before = (await rig.readings()).length;
  const ping = await rig.post('github', '{"zen":"x"}', {
    headers: { 'x-hub-signature-256': `sha256=${hex('{"zen":"x"}')}`, 'x-github-event': 'ping' },
  });
  assert.deepEqual([ping.status, ping.body], [202, { accepted: 0 }]);

  const t = seconds();
  const challenge = '{"type":"url_verification","challenge":"3eZb"}';
  const slack = await rig.post('slack', challenge, {
    headers: {
      'x-slack-request-timestamp': String(t),
      'x-slack-signature': `v0=${hex(`v0:${t}:${challenge}`)}`,
    },
  });
  assert.deepEqual([slack.status, slack.body], [200, '3eZb']);

  const ask = (word: string) =>
    fetch(
      `${rig.ingress.url}/webhooks/meta?hub.mode=subscribe&hub.verify_token=${word}&hub.challenge=42`,
    );
  const meta = await ask('word');
  assert.deepEqual([meta.status, await meta.text()], [200, '42']);
  assert.equal((await ask('wrong')).status, 401);
  assert.equal((await rig.readings()).length, before);
});

test('a signature that is too old, or made for other bytes, is refused', async () => {
  const old = seconds() - 3600;
  const stale = { 'stripe-signature': `t=${old},v1=${hex(`${old}.${body}`)}` };
  assert.equal((await rig.post('stripe', body, { headers: stale })).status, 401);
  const t = seconds();
  const right = { 'stripe-signature': `t=${t},v1=${hex(`${t}.${body}`)}` };
  assert.equal((await rig.post('stripe', `${body} `, { headers: right })).status, 401);
});
