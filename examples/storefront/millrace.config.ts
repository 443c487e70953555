import { decimal, definePipeline, flag, number, tag, text } from 'millrace';
import { playStorefront } from './demo/play-storefront.ts';
import { majorUnits } from './money.ts';
import { shipStation } from './ship-station.ts';
import { shopify } from './shopify.ts';
import { stripe } from './stripe.ts';

/** Of the smallest units, as soon as both are there. */
const amount = (minor: string | undefined, currency: string | undefined) =>
  minor === undefined || currency === undefined ? undefined : majorUnits(minor, currency);

const money = 'numeric(12,2)';

export default definePipeline({
  name: 'storefront',
  attribution: 'Made-up orders; the payloads have the shapes of Shopify, Stripe and ShipStation.',

  models: {
    order: {
      label: 'Order',
      fields: {
        number: text({ label: 'Number' }),
        total: decimal({ label: 'Total' }),
        tax: decimal({ label: 'Tax' }),
        currency: tag({ label: 'Currency' }),
        country: tag({ label: 'Country' }),
        placedAt: text({ label: 'Placed' }),
        cancelledAt: text({ label: 'Cancelled' }),
        financialStatus: tag({ label: 'Payment' }),
        fulfillmentStatus: tag({ label: 'Fulfilment' }),
        test: flag({ label: 'Test order' }),
        tracking: text({ label: 'Tracking number' }),
        shippedAt: text({ label: 'Shipped' }),
        paidMinor: decimal({ label: 'Paid, in the smallest unit' }),
        refundedMinor: decimal({ label: 'Refunded, in the smallest unit' }),
        paid: decimal({ label: 'Paid' }),
        refunded: decimal({ label: 'Refunded' }),
        paymentCurrency: tag({ label: 'Currency paid in' }),
      },
    },
    payment: {
      label: 'Payment',
      fields: {
        order: text({ label: 'Order' }),
        amountMinor: decimal({ label: 'Amount, in the smallest unit' }),
        refundedMinor: decimal({ label: 'Refunded, in the smallest unit' }),
        amount: decimal({ label: 'Amount' }),
        refunded: decimal({ label: 'Refunded' }),
        currency: tag({ label: 'Currency' }),
        status: tag({ label: 'Status' }),
        paidAt: number({ label: 'Paid', unit: 's' }),
      },
    },
    shipment: {
      label: 'Parcel',
      fields: {
        order: text({ label: 'Order' }),
        carrier: tag({ label: 'Carrier' }),
        status: tag({ label: 'Status' }),
        lastEvent: text({ label: 'Last event' }),
        city: text({ label: 'Place' }),
        shippedAt: text({ label: 'Shipped' }),
        deliveredAt: text({ label: 'Delivered' }),
      },
    },
  },

  sources: { ...shopify, ...stripe, ...shipStation },

  steps: [
    {
      step: 'compute',
      name: 'money of orders',
      entityType: 'order',
      set: {
        paid: ({ texts, tags }) => amount(texts.paidMinor, tags.paymentCurrency),
        refunded: ({ texts, tags }) => amount(texts.refundedMinor, tags.paymentCurrency),
      },
    },
    {
      step: 'compute',
      name: 'money of payments',
      entityType: 'payment',
      set: {
        amount: ({ texts, tags }) => amount(texts.amountMinor, tags.currency),
        refunded: ({ texts, tags }) => amount(texts.refundedMinor, tags.currency),
      },
    },
    {
      step: 'compute',
      name: 'delivery',
      entityType: 'shipment',
      set: {
        deliveredAt: ({ tags, observedAt }) =>
          tags.status === 'DE' ? new Date(observedAt / 1000).toISOString() : undefined,
      },
    },
  ],

  tables: {
    orders: {
      from: 'order',
      columns: {
        order_id: 'entityId',
        // A payment may be heard of before its order: there is a row when Shopify has told of it.
        number: { field: 'number', required: true },
        placed_at: { field: 'placedAt', type: 'timestamptz', required: true },
        currency: { field: 'currency', required: true },
        country: 'country',
        total: { field: 'total', type: money, required: true },
        // What the customer agreed to, whatever the order was changed to.
        first_total: { field: 'total', type: money, update: false },
        tax: { field: 'tax', type: money },
        paid: { field: 'paid', type: money },
        refunded: { field: 'refunded', type: money },
        financial_status: 'financialStatus',
        fulfillment_status: 'fulfillmentStatus',
        cancelled_at: { field: 'cancelledAt', type: 'timestamptz' },
        tracking_number: 'tracking',
        shipped_at: { field: 'shippedAt', type: 'timestamptz' },
        updated_at: 'observedAt',
      },
    },
    payments: {
      from: 'payment',
      columns: {
        payment_id: 'entityId',
        order_id: 'order',
        amount: { field: 'amount', type: money, required: true },
        refunded: { field: 'refunded', type: money },
        currency: 'currency',
        status: 'status',
        paid_at: { field: 'paidAt', type: 'timestamptz' },
      },
    },
    shipments: {
      from: 'shipment',
      columns: {
        tracking_number: 'entityId',
        order_id: 'order',
        carrier: 'carrier',
        status: 'status',
        last_event: 'lastEvent',
        city: 'city',
        place: 'position',
        shipped_at: { field: 'shippedAt', type: 'timestamptz' },
        delivered_at: { field: 'deliveredAt', type: 'timestamptz' },
      },
    },
  },

  retention: { history: '30d' },
  demo: [playStorefront],
});
