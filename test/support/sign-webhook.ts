import { createHmac, createPrivateKey, sign } from 'node:crypto';

/** What senders do, written from their documentation and not from our verification. */

const hmac = (secret: string | Uint8Array, ...parts: (string | Uint8Array)[]) => {
  const one = createHmac('sha256', secret);
  for (const part of parts) one.update(part);
  return one;
};

export interface Signing {
  readonly secret: string;
  readonly body: string | Uint8Array;
  readonly atMs: number;
  readonly id?: string;
}

const seconds = (atMs: number) => String(Math.floor(atMs / 1000));

export const standardHeaders = ({ secret, body, atMs, id = 'msg_1' }: Signing) => ({
  'webhook-id': id,
  'webhook-timestamp': seconds(atMs),
  'webhook-signature': `v1,${hmac(
    Buffer.from(secret.replace(/^whsec_/, ''), 'base64'),
    `${id}.${seconds(atMs)}.`,
    body,
  ).digest('base64')}`,
});

/** `seedBase64`: the 32 bytes that an Ed25519 key is made from. */
export function standardEd25519Headers(
  seedBase64: string,
  { body, atMs, id = 'msg_1' }: Omit<Signing, 'secret'>,
) {
  const key = createPrivateKey({
    key: Buffer.concat([
      Buffer.from('302e020100300506032b657004220420', 'hex'),
      Buffer.from(seedBase64, 'base64'),
    ]),
    format: 'der',
    type: 'pkcs8',
  });
  const bytes = Buffer.concat([Buffer.from(`${id}.${seconds(atMs)}.`), Buffer.from(body)]);
  return {
    'webhook-id': id,
    'webhook-timestamp': seconds(atMs),
    'webhook-signature': `v1a,${sign(null, bytes, key).toString('base64')}`,
  };
}

export const stripeHeaders = ({ secret, body, atMs }: Signing) => ({
  'stripe-signature': `t=${seconds(atMs)},v1=${hmac(secret, `${seconds(atMs)}.`, body).digest('hex')}`,
});

export const githubHeaders = ({ secret, body, id = 'a1' }: Signing) => ({
  'x-github-delivery': id,
  'x-github-event': 'push',
  'x-hub-signature-256': `sha256=${hmac(secret, body).digest('hex')}`,
});

export const shopifyHeaders = ({ secret, body, id = 'b1' }: Signing) => ({
  'x-shopify-webhook-id': id,
  'x-shopify-hmac-sha256': hmac(secret, body).digest('base64'),
});

export const slackHeaders = ({ secret, body, atMs }: Signing) => ({
  'x-slack-request-timestamp': seconds(atMs),
  'x-slack-signature': `v0=${hmac(secret, `v0:${seconds(atMs)}:`, body).digest('hex')}`,
});
