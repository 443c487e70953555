import { majorUnits } from '../money.ts';
import type { OrderStory, Parcel } from './order-story.ts';

/** One HTTP request of a sender's, before it is signed. */
export interface Delivery {
  /** The source of the configuration, which the address ends with. */
  readonly source: 'shop-orders' | 'shop-fulfillments' | 'payments' | 'parcels';
  /** The sender's own id; the same when it sends again. */
  readonly id: string;
  /** Shopify's topic. */
  readonly topic: string;
  readonly body: string;
  /** When it happened, and is sent if all goes well. */
  readonly atMs: number;
}

/** All that the senders have to say of an order, in the order in which it happened. Made up, after their documentation. */
export function deliveriesOf(story: OrderStory): readonly Delivery[] {
  const { parcel } = story;
  const all = [
    ...orderDeliveries(story),
    ...paymentDeliveries(story),
    ...(parcel ? [fulfillmentDelivery(story, parcel), ...parcelDeliveries(parcel)] : []),
  ];
  return all.sort((a, b) => a.atMs - b.atMs);
}

/** Shopify's times are the shop's own. */
function shopTime(ms: number): string {
  return new Date(ms + 2 * 3_600_000).toISOString().replace('.000Z', '+02:00');
}

function money(minor: number, { currency }: OrderStory): string {
  return majorUnits(String(minor), currency) ?? '';
}

/** The whole order at each change. */
function orderDeliveries(story: OrderStory): Delivery[] {
  const { placedAtMs, payment, edit, refund, cancelledAtMs, parcel } = story;
  const changes = [
    { atMs: placedAtMs, topic: 'orders/create' },
    { atMs: payment.atMs + 1000, topic: 'orders/updated' },
    ...(edit ? [{ atMs: edit.atMs, topic: 'orders/updated' }] : []),
    ...(cancelledAtMs === undefined ? [] : [{ atMs: cancelledAtMs, topic: 'orders/cancelled' }]),
    ...(parcel ? [{ atMs: parcel.shippedAtMs, topic: 'orders/updated' }] : []),
    ...(refund ? [{ atMs: refund.atMs + 1000, topic: 'orders/updated' }] : []),
  ];
  return changes.map(({ atMs, topic }) => ({
    source: 'shop-orders',
    id: `${story.orderId}-${atMs}`,
    topic,
    body: JSON.stringify(orderAt(story, atMs)),
    atMs,
  }));
}

function orderAt(story: OrderStory, atMs: number): object {
  const { edit, refund, payment, parcel, cancelledAtMs, firstTotal } = story;
  const isPaid = atMs > payment.atMs;
  const isRefunded = refund !== undefined && atMs > refund.atMs;
  const paidStatus = !isPaid
    ? 'pending'
    : !isRefunded
      ? 'paid'
      : refund.amount === payment.amount
        ? 'refunded'
        : 'partially_refunded';
  const total = edit && atMs >= edit.atMs ? edit.total : firstTotal;
  const isCancelled = cancelledAtMs !== undefined && atMs >= cancelledAtMs;
  return {
    id: Number(story.orderId),
    admin_graphql_api_id: `gid://shopify/Order/${story.orderId}`,
    name: story.number,
    order_number: Number(story.number.slice(1)),
    created_at: shopTime(story.placedAtMs),
    updated_at: shopTime(atMs),
    cancelled_at: isCancelled ? shopTime(cancelledAtMs) : null,
    cancel_reason: isCancelled ? 'customer' : null,
    currency: story.currency,
    total_price: money(firstTotal, story),
    current_total_price: money(total, story),
    current_total_tax: money(story.tax, story),
    financial_status: paidStatus,
    fulfillment_status: parcel && atMs >= parcel.shippedAtMs ? 'fulfilled' : null,
    test: true,
    line_items: [{ id: Number(story.orderId) + 1, title: 'Wool hat', quantity: 1 }],
    shipping_address: { city: 'Oulu', country_code: story.country },
  };
}

function fulfillmentDelivery(story: OrderStory, parcel: Parcel): Delivery {
  const { shippedAtMs: atMs, tracking } = parcel;
  const body = {
    id: Number(story.orderId) + 5,
    order_id: Number(story.orderId),
    status: 'success',
    created_at: shopTime(atMs),
    updated_at: shopTime(atMs),
    tracking_company: 'Other',
    tracking_number: tracking,
    tracking_numbers: [tracking],
    name: `${story.number}.1`,
  };
  return {
    source: 'shop-fulfillments',
    id: `fulfillment-${story.orderId}`,
    topic: 'fulfillments/create',
    body: JSON.stringify(body),
    atMs,
  };
}

function paymentDeliveries(story: OrderStory): Delivery[] {
  const { payment, refund, orderId } = story;
  const currency = story.currency.toLowerCase();
  const metadata = { order_id: orderId };
  const intent = {
    id: payment.id,
    object: 'payment_intent',
    amount: payment.amount,
    amount_received: payment.amount,
    currency,
    metadata,
    status: 'succeeded',
  };
  const charge = refund && {
    id: payment.id.replace('pi_', 'ch_'),
    object: 'charge',
    amount: payment.amount,
    amount_refunded: refund.amount,
    currency,
    metadata,
    payment_intent: payment.id,
    refunded: refund.amount === payment.amount,
    status: 'succeeded',
  };
  return [
    stripeEvent('payment_intent.succeeded', payment.atMs, intent),
    ...(refund && charge ? [stripeEvent('charge.refunded', refund.atMs, charge)] : []),
  ];
}

function stripeEvent(type: string, atMs: number, object: { readonly id: string }): Delivery {
  const id = `evt_${object.id}_${atMs}`;
  const body = {
    id,
    object: 'event',
    api_version: '2025-09-30.clover',
    created: atMs / 1000,
    data: { object },
    livemode: false,
    pending_webhooks: 1,
    type,
  };
  return { source: 'payments', id, topic: '', body: JSON.stringify(body, null, 2), atMs };
}

/** The newest event first, and those before it once more. */
function parcelDeliveries({ tracking, carrier, events }: Parcel): Delivery[] {
  return events.map(({ atMs, status, description }, index) => {
    const body = {
      resource_url: `https://api.shipstation.com/v2/labels/se-${tracking}/track`,
      resource_type: 'TRACK_EVENT_V2',
      data: {
        tracking_number: tracking,
        carrier_code: carrier,
        status_code: status,
        status_description: description,
        events: events
          .slice(0, index + 1)
          .reverse()
          .map(trackEvent),
      },
    };
    const id = `${tracking}-${index}`;
    return { source: 'parcels', id, topic: '', body: JSON.stringify(body), atMs };
  });
}

function trackEvent(event: Parcel['events'][number]): object {
  return {
    occurred_at: new Date(event.atMs).toISOString().replace('.000Z', 'Z'),
    description: event.description,
    city_locality: event.city,
    status_code: event.status,
    latitude: event.lat,
    longitude: event.lon,
  };
}
