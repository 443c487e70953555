import { setTimeout as pause } from 'node:timers/promises';
import type { DemoContext } from 'millrace';
import { type Delivery, deliveriesOf } from './deliveries-of.ts';
import { orderStory, type Random, seededRandom } from './order-story.ts';
import { outOfOrder } from './out-of-order.ts';
import { type Recipient, sendDelivery } from './send-delivery.ts';

const hourMs = 3_600_000;
const pastOrders = 40;
const newOrderEveryMs = 3000;
const maxDelayMs = 6000;
const sendersAtOnce = 8;

/** The orders of the last three days, all at once and in disorder; then a new one every few seconds. */
export async function playStorefront({ webhooks, signal, events }: DemoContext): Promise<void> {
  const random = seededRandom(20261122);
  const recipient = { url: webhooks.url, signal };
  const now = Date.now();
  const past = Array.from({ length: pastOrders }, (_, index) =>
    orderStory({ index, placedAtMs: now - 72 * hourMs + index * hourMs, stepMs: hourMs, random }),
  );
  const deliveries = outOfOrder(past.flatMap(deliveriesOf), random);
  await sendAll(deliveries, recipient);
  events.info('demo.orders-sent', {
    message: `${past.length} orders of the last days were told of by ${deliveries.length} deliveries, in disorder and partly twice.`,
  });
  await placeOrders({ recipient, random, first: pastOrders });
}

/** Several senders side by side, as the real ones are. */
export async function sendAll(
  deliveries: readonly Delivery[],
  recipient: Recipient,
): Promise<void> {
  const waiting = [...deliveries];
  const send = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift())
      await sendDelivery(next, recipient);
  };
  await Promise.all(Array.from({ length: sendersAtOnce }, send));
}

async function placeOrders({
  recipient,
  random,
  first,
}: {
  recipient: Recipient;
  random: Random;
  first: number;
}): Promise<void> {
  const { signal } = recipient;
  for (let index = first; !signal.aborted; index++) {
    const story = orderStory({ index, placedAtMs: Date.now(), stepMs: 4000, random });
    for (const delivery of outOfOrder(deliveriesOf(story), random))
      void sendLate(delivery, recipient, random());
    await pause(newOrderEveryMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Each when it has happened, and up to some seconds later. */
async function sendLate(delivery: Delivery, recipient: Recipient, luck: number): Promise<void> {
  const { signal } = recipient;
  const waitMs = Math.max(0, delivery.atMs - Date.now()) + luck * maxDelayMs;
  await pause(waitMs, undefined, { signal }).catch(() => undefined);
  if (!signal.aborted) await sendDelivery(delivery, recipient);
}
