import type { OrderStory } from '../../examples/storefront/demo/order-story.ts';
import type { TextRow } from './mapped-rows.ts';

/** What each table must hold in the end, by the stories alone: no word of it comes from what was sent. */
export function storefrontTruth(stories: readonly OrderStory[]): {
  readonly orders: readonly TextRow[];
  readonly payments: readonly TextRow[];
  readonly shipments: readonly TextRow[];
} {
  return {
    orders: stories.map(orderRow),
    payments: stories.map(paymentRow),
    shipments: stories.flatMap(shipmentRow),
  };
}

const time = (ms: number) => new Date(ms).toISOString().replace('.000Z', '.000000Z');

/** Of a story's smallest units, by another way than the example's: yen have none. */
function money(minor: number, { currency }: OrderStory): string {
  return currency === 'JPY' ? `${minor}.00` : (minor / 100).toFixed(2);
}

function orderRow(story: OrderStory): TextRow {
  const { payment, refund, edit, parcel, cancelledAtMs } = story;
  const lastOfShop = Math.max(
    payment.atMs + 1000,
    edit?.atMs ?? 0,
    cancelledAtMs ?? 0,
    parcel?.shippedAtMs ?? 0,
    refund ? refund.atMs + 1000 : 0,
  );
  const status = !refund
    ? 'paid'
    : refund.amount === payment.amount
      ? 'refunded'
      : 'partially_refunded';
  return {
    order_id: story.orderId,
    number: story.number,
    placed_at: time(story.placedAtMs),
    currency: story.currency,
    country: story.country,
    total: money(edit?.total ?? story.firstTotal, story),
    first_total: money(story.firstTotal, story),
    tax: money(story.tax, story),
    paid: money(payment.amount, story),
    refunded: refund ? money(refund.amount, story) : null,
    financial_status: status,
    fulfillment_status: parcel ? 'fulfilled' : null,
    cancelled_at: cancelledAtMs === undefined ? null : time(cancelledAtMs),
    tracking_number: parcel?.tracking ?? null,
    shipped_at: parcel ? time(parcel.shippedAtMs) : null,
    updated_at: time(lastOfShop),
  };
}

function paymentRow(story: OrderStory): TextRow {
  const { payment, refund, orderId, currency } = story;
  return {
    payment_id: payment.id,
    order_id: orderId,
    amount: money(payment.amount, story),
    refunded: refund ? money(refund.amount, story) : null,
    currency: currency.toLowerCase(),
    status: 'succeeded',
    paid_at: time(payment.atMs),
  };
}

function shipmentRow({ parcel, orderId }: OrderStory): TextRow[] {
  const last = parcel?.events.at(-1);
  if (parcel === undefined || last === undefined) return [];
  return [
    {
      tracking_number: parcel.tracking,
      order_id: orderId,
      carrier: parcel.carrier,
      status: last.status,
      last_event: last.description,
      city: last.city,
      place: `POINT(${last.lon} ${last.lat})`,
      shipped_at: time(parcel.shippedAtMs),
      delivered_at: last.status === 'DE' ? time(last.atMs) : null,
    },
  ];
}
