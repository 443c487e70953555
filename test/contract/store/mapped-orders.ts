import {
  decimal,
  definePipeline,
  flag,
  number,
  type PipelineDeclaration,
  tag,
  text,
} from '../../../core/config/pipeline.ts';
import type { TableOf } from '../../../core/config/table-declaration.ts';
import { type TablePlan, tablePlans } from '../../../core/tables/table-plan.ts';

const models = {
  order: {
    fields: {
      total: decimal(),
      items: number(),
      weight: number({ unit: 'kg' }),
      paid: flag(),
      note: text(),
      placedAt: text(),
      day: text(),
      country: tag(),
    },
  },
} as const;

type Order = TableOf<typeof models, 'order'>;

/** The table `orders` of the entity type `order`, with these columns. */
export function mappedOrders(
  columns: Order['columns'],
  over: Partial<Pick<Order, 'rows' | 'keep'>> = {},
): TablePlan {
  const declaration: PipelineDeclaration<typeof models> = definePipeline({
    name: 'orders',
    models,
    sources: {},
    tables: { orders: { from: 'order', columns, ...over } },
  });
  const retention = { historyMs: null, rawMs: null, topicsMs: null, sizeBytes: null };
  const [plan] = tablePlans({ models, tables: declaration.tables ?? {}, retention });
  if (plan === undefined) throw new Error('There is a table.');
  return plan;
}

/** A column of every kind. */
export const orderTable = mappedOrders({
  order_id: 'entityId',
  total: { field: 'total', type: 'numeric(18,2)' },
  total_text: { field: 'total', type: 'text' },
  items: { field: 'items', type: 'bigint' },
  weight: 'weight',
  paid: 'paid',
  note: 'note',
  placed_at: { field: 'placedAt', type: 'timestamptz' },
  day: { field: 'day', type: 'date' },
  country: 'country',
  place: 'position',
  lat: 'lat',
  altitude: 'altitude',
  zones: 'zones',
  shop: 'source',
  first_seen: { field: 'observedAt', update: false },
  last_seen: 'observedAt',
  came: 'receivedAt',
});

/** One row a reading that says how many items there are. */
export const stopTable = mappedOrders(
  { items: { field: 'items', type: 'integer', required: true }, seen: 'observedAt' },
  { rows: 'reading' },
);
