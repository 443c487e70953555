import { json } from 'millrace';
import { demoSecret } from './demo-secret.ts';
import { severalReadings } from './several-readings.ts';

export const shopifySecret = demoSecret('SHOPIFY_WEBHOOK_SECRET');

const webhook = { verify: { scheme: 'shopify', secret: shopifySecret } } as const;

/** Topics orders/create, orders/updated, orders/cancelled: the whole order each time. */
const order = json({
  name: 'shopify-order',
  entity: { type: 'order', id: '{$.id}' },
  time: { path: '$.updated_at', unit: 'rfc3339' },
  fields: {
    number: { path: '$.name', required: true },
    total: { path: '$.current_total_price', kind: 'decimal', required: true },
    tax: { path: '$.current_total_tax', kind: 'decimal' },
    placedAt: '$.created_at',
    // A null here says that the order is not cancelled, or no longer.
    cancelledAt: { path: '$.cancelled_at', null: 'unset' },
    test: '$.test',
  },
  tags: {
    currency: '{$.currency}',
    country: '{$.shipping_address.country_code}',
    financialStatus: '{$.financial_status}',
    fulfillmentStatus: '{$.fulfillment_status}',
  },
});

/** Topics fulfillments/create and fulfillments/update: which parcel an order went into. */
const parcelOfOrder = json({
  name: 'shopify-fulfillment',
  entity: { type: 'order', id: '{$.order_id}' },
  time: { path: '$.updated_at', unit: 'rfc3339' },
  fields: { tracking: '$.tracking_number', shippedAt: '$.created_at' },
});

/** The parcel itself, which the carrier will tell more about. */
const parcel = json({
  name: 'shopify-parcel',
  entity: { type: 'shipment', id: '{$.tracking_number}' },
  time: { path: '$.updated_at', unit: 'rfc3339' },
  fields: { order: { path: '$.order_id', kind: 'text' }, shippedAt: '$.created_at' },
});

export const shopify = {
  'shop-orders': { format: order, webhook },
  'shop-fulfillments': {
    format: severalReadings('shopify-fulfillment', [parcelOfOrder, parcel]),
    webhook,
  },
} as const;
