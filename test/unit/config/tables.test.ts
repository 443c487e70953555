import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { checkPipeline } from '../../../core/config/check-pipeline.ts';
import { faultSentence } from '../../../core/config/fault.ts';
import { tablePlans } from '../../../core/tables/table-plan.ts';
import { custom, decimal, definePipeline, flag, number, tag, text } from '../../../index.ts';

const models = {
  order: {
    fields: {
      total: decimal(),
      items: number(),
      paidAt: number({ unit: 's' }),
      paid: flag(),
      note: text(),
      country: tag(),
    },
  },
  payment: { fields: { amount: decimal() } },
} as const;
const sources = {
  shop: { format: custom({ name: 'own', topics: ['a'], emits: {}, decode: () => [] }) },
};

function check(tables: unknown) {
  return checkPipeline({ name: 'shop', models, sources, tables }, '.');
}

function faultsOf(tables: unknown): readonly string[] {
  const checked = check(tables);
  return 'faults' in checked ? checked.faults.map(faultSentence) : [];
}

function plansOf(tables: unknown) {
  const checked = check(tables);
  assert.ok('pipeline' in checked, JSON.stringify(checked));
  return tablePlans(checked.pipeline);
}

test('a table that names a field that is not there is told the nearest', () => {
  assert.deepEqual(
    faultsOf({
      orders: {
        from: 'ordr',
        columns: { a: 'x' },
      },
      others: {
        from: 'order',
        columns: { total: 'totl', note: { field: 'note', requird: true }, seen: 'observedat' },
      },
    }),
    [
      'tables.orders.from: expected an entity type that has a model: one of order, payment (did you mean order?); came "ordr".',
      'tables.others.columns.total: expected a field of the model: one of total, items, paidAt, paid, note, country, entityId, source, observedAt, receivedAt, position, lat, lon, altitude, zones (did you mean total?); came "totl".',
      'tables.others.columns.note.requird: expected one of field, type, required, update (did you mean required?); came true.',
      'tables.others.columns.seen: expected a field of the model: one of total, items, paidAt, paid, note, country, entityId, source, observedAt, receivedAt, position, lat, lon, altitude, zones (did you mean observedAt?); came "observedat".',
    ],
  );
});

test('a column has a type that its field can have', () => {
  const typed = (field: string, type: string) =>
    faultsOf({ orders: { from: 'order', columns: { c: { field, type } } } });
  assert.deepEqual(typed('total', 'double precision'), [
    'tables.orders.columns.c.type: expected a type for a field of kind decimal: numeric(p,s), integer, bigint, text; came "double precision".',
  ]);
  assert.deepEqual(typed('items', 'timestamptz'), [
    'tables.orders.columns.c.type: expected a number whose model\'s unit is s, ms or us, counted since 1970; came "timestamptz".',
  ]);
  assert.deepEqual(typed('observedAt', 'text'), [
    'tables.orders.columns.c.type: expected a type for observedAt: timestamptz; came "text".',
  ]);
  assert.deepEqual(typed('total', 'numeric(4,6)'), [
    'tables.orders.columns.c.type: expected a type, as text, numeric(12,2) or timestamptz; came "numeric(4,6)".',
  ]);
  for (const [field, type] of [
    ['total', 'numeric(12, 2)'],
    ['total', 'text'],
    ['items', 'bigint'],
    ['paidAt', 'timestamptz'],
    ['note', 'timestamptz'],
    ['note', 'date'],
  ] as const)
    assert.deepEqual(typed(field, type), [], `${field} ${type}`);
});

test('names that SQL or the stores have for themselves are refused', () => {
  const columns = { total: 'total' };
  const faults = faultsOf({
    entities: { from: 'order', columns },
    Orders: { from: 'order', columns },
    rebuilding_orders: { from: 'order', columns },
    good: { from: 'order', columns: { 'Total €': 'total' } },
  });
  assert.equal(faults.length, 4);
  assert.match(faults[0] ?? '', /^tables.entities: expected another name: the stores have tables/);
  assert.match(faults[1] ?? '', /^tables.Orders: expected a table name of up to 48 lower-case/);
  assert.match(faults[3] ?? '', /^tables.good.columns\["Total €"\]: expected a column name/);
});

test('every table of the stores themselves is a name that is taken', async () => {
  const files = ['stores/sqlite/store-file.ts', 'stores/postgres/migrations.ts'];
  const names = (await Promise.all(files.map((file) => readFile(file, 'utf8')))).flatMap((source) =>
    [...source.matchAll(/CREATE (?:VIRTUAL )?TABLE (?:IF NOT EXISTS )?(\w+)/g)].map(
      ([, name]) => name,
    ),
  );
  assert.ok(names.length > 15);
  for (const name of names)
    assert.match(
      faultsOf({ [name ?? '']: { from: 'order', columns: { total: 'total' } } })[0] ?? '',
      /another name/,
      name,
    );
});

test('what keeps its first value, and how long rows stay, belong to one kind of rows each', () => {
  assert.deepEqual(
    faultsOf({
      a: {
        from: 'order',
        keep: '7d',
        columns: { total: 'total', at: { field: 'lat', update: false } },
      },
      b: { from: 'order', rows: 'reading', columns: { total: { field: 'total', update: false } } },
      c: { from: 'order', columns: { event: 'eventId' } },
      d: { from: 'order', columns: { entity_id: 'note' } },
      e: { from: 'order', rows: 'readings', columns: {} },
    }).map((sentence) => sentence.slice(0, 72)),
    [
      "tables.a.keep: expected rows: 'reading' beside it: entities' rows stay; ",
      'tables.a.columns.at.update: expected a field of the model, or source, ob',
      "tables.b.columns.total.update: expected rows: 'entity', since the row of",
      'tables.c.columns.event: expected a field of the model: one of total, ite',
      'tables.d.columns.entity_id: expected field entityId, which the key of su',
      "tables.e.rows: expected 'entity' or 'reading'; came \"readings\".",
    ],
  );
});

test('defaults are filled in: types by kind, and the columns of the key', () => {
  const [orders, readings] = plansOf({
    orders: { from: 'order', columns: { total: 'total', order_id: 'entityId', paid: 'paid' } },
    order_readings: { from: 'order', rows: 'reading', columns: { items: 'items' }, keep: '2d' },
  });
  const shape = (plan: typeof orders) =>
    plan?.columns.map(({ name, field, type, required }) => [name, field, type.type, required]);
  assert.deepEqual(orders?.key, ['order_id']);
  assert.deepEqual(shape(orders), [
    ['order_id', 'entityId', 'text', true],
    ['total', 'total', 'numeric', false],
    ['paid', 'paid', 'boolean', false],
  ]);
  assert.deepEqual(readings?.key, ['entity_id', 'observed_at', 'event_id']);
  assert.deepEqual(shape(readings), [
    ['entity_id', 'entityId', 'text', true],
    ['observed_at', 'observedAt', 'timestamptz', true],
    ['event_id', 'eventId', 'text', true],
    ['items', 'items', 'double precision', false],
  ]);
  assert.equal(readings?.keepMs, 2 * 86_400_000);
});

test('tables that name fields of their own entity type compile, and no others', () => {
  const pipeline = definePipeline({
    name: 'typed',
    models,
    sources,
    tables: {
      orders: {
        from: 'order',
        columns: { id: 'entityId', total: { field: 'total', type: 'numeric(12,2)' }, note: 'note' },
      },
      payments: {
        from: 'payment',
        // @ts-expect-error: note is a field of another model
        columns: { amount: 'amount', note: 'note' },
      },
      wrong: {
        // @ts-expect-error: there is no model tram
        from: 'tram',
        columns: {},
      },
      misspelt: {
        from: 'order',
        columns: {
          // @ts-expect-error: order has no field totl
          total: { field: 'totl' },
        },
      },
    },
  });
  assert.equal(Object.keys(pipeline.tables ?? {}).length, 4);
});
