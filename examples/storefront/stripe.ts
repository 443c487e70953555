import { json } from 'millrace';
import { demoSecret } from './demo-secret.ts';
import { severalReadings } from './several-readings.ts';

export const stripeSecret = demoSecret('STRIPE_WEBHOOK_SECRET');

/** Stripe repeats events, and in any order: each has the time at which it happened. */
const time = { path: '$.created', unit: 's' } as const;
const paid = { '$.type': 'payment_intent.succeeded' };
const refunded = { '$.type': 'charge.refunded' };
const fields = (amounts: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(amounts).map(([name, path]) => [
      name,
      { path, kind: 'decimal' as const, required: true },
    ]),
  );

/** Amounts are in the smallest unit of the currency; a step of the configuration makes euros and dollars of them. */
const payment = json({
  name: 'stripe-payment',
  when: paid,
  entity: { type: 'payment', id: '{$.data.object.id}' },
  time,
  fields: {
    ...fields({ amountMinor: '$.data.object.amount_received' }),
    order: { path: '$.data.object.metadata.order_id', kind: 'text' },
    paidAt: { path: '$.created', kind: 'number' },
  },
  tags: { currency: '{$.data.object.currency}', status: '{$.data.object.status}' },
});

const refundOfPayment = json({
  name: 'stripe-refund',
  when: refunded,
  entity: { type: 'payment', id: '{$.data.object.payment_intent}' },
  time,
  fields: fields({ refundedMinor: '$.data.object.amount_refunded' }),
  tags: { currency: '{$.data.object.currency}' },
});

/** The shop puts its order's id into the payment's metadata, and Stripe into the charge's. */
const ofOrder = {
  entity: { type: 'order', id: '{$.data.object.metadata.order_id}' },
  time,
  tags: { paymentCurrency: '{$.data.object.currency}' },
};
const paidOfOrder = json({
  name: 'stripe-paid',
  when: paid,
  ...ofOrder,
  fields: fields({ paidMinor: '$.data.object.amount_received' }),
});
const refundedOfOrder = json({
  name: 'stripe-refunded',
  when: refunded,
  ...ofOrder,
  fields: fields({ refundedMinor: '$.data.object.amount_refunded' }),
});

export const stripe = {
  payments: {
    format: severalReadings('stripe', [payment, refundOfPayment, paidOfOrder, refundedOfOrder]),
    webhook: { verify: { scheme: 'stripe', secret: stripeSecret } },
  },
} as const;
