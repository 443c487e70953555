import { decimal, definePipeline, json, number, tag, text } from 'millrace';
import { address, credentials } from './credentials.ts';
import { serveTheWarehouse } from './demo.ts';

export default definePipeline({
  name: 'warehouse',

  models: {
    'stock-item': {
      label: 'Stock item',
      fields: {
        sku: text({ label: 'SKU' }),
        location: tag({ label: 'Location' }),
        onHand: number({ label: 'On hand', min: 0 }),
        reserved: number({ label: 'Reserved', min: 0 }),
        unitCost: decimal({ label: 'Unit cost' }),
      },
    },
    'purchase-order': {
      label: 'Purchase order',
      fields: {
        supplier: text({ label: 'Supplier' }),
        status: tag({ label: 'Status' }),
        orderedOn: text({ label: 'Ordered on' }),
        total: decimal({ label: 'Total' }),
        currency: tag({ label: 'Currency' }),
      },
    },
    movement: {
      label: 'Movement',
      fields: {
        sku: text({ label: 'SKU' }),
        from: tag({ label: 'From' }),
        to: tag({ label: 'To' }),
        quantity: number({ label: 'Quantity' }),
      },
    },
  },

  sources: {
    // OAuth2, pages by cursor, asks for what has changed; the provider counts requests (X-RateLimit-*).
    inventory: {
      format: json({
        entity: { type: 'stock-item', id: '{$.location}/{$.sku}' },
        time: { path: '$.changed_at', unit: 'rfc3339' },
        fields: {
          sku: '$.sku',
          onHand: '$.on_hand',
          reserved: '$.reserved',
          unitCost: { path: '$.unit_cost', kind: 'decimal' },
        },
        tags: { location: '{$.location}' },
      }),
      poll: {
        url: `${address}/inventory/v2/stock`,
        every: '5s',
        auth: {
          type: 'oauth2',
          tokenUrl: `${address}/inventory/oauth/token`,
          clientId: credentials.client.id,
          clientSecret: credentials.client.secret,
        },
        items: '$.data[*]',
        pages: { by: 'cursor', path: '$.next_cursor', param: 'cursor' },
        cursor: { path: '$.data[*].changed_at', param: 'changed_since' },
      },
    },

    // An API key, pages by number; four requests in three seconds, or 429 and Retry-After.
    purchasing: {
      format: json({
        entity: { type: 'purchase-order', id: '{$.number}' },
        time: { path: '$.updated_at', unit: 'rfc3339' },
        fields: {
          supplier: '$.supplier',
          orderedOn: '$.ordered_on',
          total: { path: '$.total.amount', kind: 'decimal' },
        },
        tags: { status: '{$.status}', currency: '{$.total.currency}' },
      }),
      poll: {
        url: `${address}/purchasing/orders`,
        every: '10s',
        auth: { type: 'apiKey', header: 'X-Api-Key', token: credentials.apiKey },
        items: '$.orders[*]',
        pages: { by: 'page', param: 'page', total: '$.pages' },
        cursor: { path: '$.orders[*].updated_at', param: 'updated_since' },
      },
    },

    // Basic authentication, pages by the Link header, an ETag; what is new, and a time range by `millrace poll backfill`.
    movements: {
      format: json({
        entity: { type: 'movement', id: '{$.id}' },
        time: { path: '$.movedAt', unit: 'rfc3339' },
        fields: { sku: '$.sku', quantity: '$.quantity' },
        tags: { from: '{$.from}', to: '{$.to}' },
      }),
      poll: {
        url: `${address}/wms/movements`,
        every: '5s',
        auth: {
          type: 'basic',
          username: credentials.user.name,
          password: credentials.user.password,
        },
        items: '$.movements[*]',
        pages: { by: 'link' },
        cursor: { path: '$.movements[*].movedAt', param: 'from' },
        backfill: { from: 'from', to: 'to' },
      },
    },
  },

  tables: {
    stock: {
      from: 'stock-item',
      columns: {
        item: 'entityId',
        sku: { field: 'sku', required: true },
        location: { field: 'location', required: true },
        on_hand: { field: 'onHand', type: 'integer' },
        reserved: { field: 'reserved', type: 'integer' },
        unit_cost: { field: 'unitCost', type: 'numeric(12,2)' },
        changed_at: 'observedAt',
      },
    },
    purchase_orders: {
      from: 'purchase-order',
      columns: {
        order_number: 'entityId',
        supplier: 'supplier',
        status: 'status',
        ordered_on: { field: 'orderedOn', type: 'date', update: false },
        total: { field: 'total', type: 'numeric(14,2)' },
        currency: 'currency',
        updated_at: 'observedAt',
      },
    },
    movements: {
      from: 'movement',
      columns: {
        movement: 'entityId',
        sku: 'sku',
        from_location: 'from',
        to_location: 'to',
        quantity: { field: 'quantity', type: 'integer' },
        moved_at: 'observedAt',
      },
    },
  },

  demo: [serveTheWarehouse],
});
