import { definePipeline, flag, number, tag } from '../../core/config/pipeline.ts';
import { type TablePlan, tablePlans } from '../../core/tables/table-plan.ts';

const models = {
  vehicle: { fields: { speed: number(), heading: number(), doors: flag(), operator: tag() } },
} as const;

const { tables = {} } = definePipeline({
  name: 'vehicles',
  models,
  sources: {},
  tables: {
    vehicles: {
      from: 'vehicle',
      columns: {
        speed: { field: 'speed', type: 'numeric(6,2)' },
        heading: 'heading',
        doors: 'doors',
        operator: 'operator',
        place: 'position',
        first_seen: { field: 'observedAt', update: false },
        seen: 'observedAt',
      },
    },
  },
});

/** One row a vehicle of a store's bench, eight columns. */
export const vehicleTables: readonly TablePlan[] = tablePlans({
  models,
  tables,
  retention: { historyMs: null, rawMs: null, topicsMs: null, sizeBytes: null },
});
