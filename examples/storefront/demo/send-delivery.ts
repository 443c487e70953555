import { createHmac } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { SecretText } from 'millrace';
import { shipStationPassword, shipStationUser } from '../ship-station.ts';
import { shopifySecret } from '../shopify.ts';
import { stripeSecret } from '../stripe.ts';
import type { Delivery } from './deliveries-of.ts';

export interface Recipient {
  /** As `http://127.0.0.1:8090/webhooks`. */
  readonly url: string;
  readonly signal: AbortSignal;
}

const firstPauseMs = 250;
const maxPauseMs = 10_000;

/** Sends until it is accepted, as the real ones do (they wait for minutes, and give up after days). Signs each try anew. */
export async function sendDelivery(delivery: Delivery, { url, signal }: Recipient): Promise<void> {
  for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(pauseMs * 2, maxPauseMs)) {
    const status = await attempt(delivery, url, signal);
    if (status !== undefined && status < 300) return;
    if (status === 401)
      throw new Error(
        `The webhook ${delivery.source} does not take the demonstration's signature: give both the same secrets by the environment (README.md of the example).`,
      );
    await pause(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}

/** The status of the answer; undefined when there was none. */
async function attempt(
  delivery: Delivery,
  url: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  try {
    const { status, body } = await fetch(`${url}/${delivery.source}`, {
      method: 'POST',
      body: delivery.body,
      headers: { 'Content-Type': 'application/json', ...signatureOf(delivery) },
      signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
    });
    await body?.cancel();
    return status;
  } catch {
    return undefined;
  }
}

function signatureOf(delivery: Delivery): Record<string, string> {
  switch (delivery.source) {
    case 'shop-orders':
    case 'shop-fulfillments':
      return shopifyHeaders(delivery);
    case 'payments': {
      const seconds = Math.floor(Date.now() / 1000);
      const signature = hmac(stripeSecret, `${seconds}.${delivery.body}`, 'hex');
      return { 'Stripe-Signature': `t=${seconds},v1=${signature}` };
    }
    case 'parcels': {
      const user = Buffer.from(`${shipStationUser}:${textOf(shipStationPassword)}`);
      return { Authorization: `Basic ${user.toString('base64')}` };
    }
  }
}

function shopifyHeaders({ body, id, topic, atMs }: Delivery): Record<string, string> {
  return {
    'X-Shopify-Hmac-Sha256': hmac(shopifySecret, body, 'base64'),
    'X-Shopify-Topic': topic,
    'X-Shopify-Shop-Domain': 'wool-hats.example',
    'X-Shopify-Webhook-Id': id,
    'X-Shopify-Triggered-At': new Date(atMs).toISOString(),
  };
}

function hmac(secret: SecretText, text: string, encoding: 'hex' | 'base64'): string {
  return createHmac('sha256', textOf(secret)).update(text).digest(encoding);
}

function textOf(secret: SecretText): string {
  return typeof secret === 'string' ? secret : (secret.value ?? '');
}
