import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { freePort, makeDataFolder } from '../../cli/bench/millrace-process.ts';
import { servicesFor } from '../../cli/stack/service-starts.ts';
import { startStack } from '../../cli/stack/start-stack.ts';
import { loadPipeline } from '../../core/config/load-pipeline.ts';
import type { Settings } from '../../core/config/settings.ts';
import { createEvents } from '../../core/events.ts';
import { type TablePlan, tablePlans } from '../../core/tables/table-plan.ts';
import { type Delivery, deliveriesOf } from '../../examples/storefront/demo/deliveries-of.ts';
import {
  type OrderStory,
  orderStory,
  seededRandom,
} from '../../examples/storefront/demo/order-story.ts';
import { outOfOrder } from '../../examples/storefront/demo/out-of-order.ts';
import { sendAll } from '../../examples/storefront/demo/play-storefront.ts';
import { postgresRows, sqliteRows, type TextRow } from '../support/mapped-rows.ts';
import { makeDatabase } from '../support/postgres-database.ts';
import { differences, isSettled, readLedger } from '../support/read-ledger.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { startKafka } from '../support/servers/start-kafka.ts';
import { storefrontTruth } from '../support/storefront-truth.ts';
import { testSettings } from '../support/test-settings.ts';
import { until } from '../support/until.ts';

const config = 'examples/storefront/millrace.config.ts';
const hourMs = 3_600_000;

function stories(count: number, random: () => number): OrderStory[] {
  const firstMs = Date.now() - (count + 20) * hourMs;
  return Array.from({ length: count }, (_, index) =>
    orderStory({ index, placedAtMs: firstMs + index * hourMs, stepMs: hourMs, random }),
  );
}

/** Plays the example on the stack that the settings name, and compares its tables with the truth. */
async function playAndCompare(
  over: Partial<Settings>,
  rowsOf: (plan: TablePlan, folder: string) => Promise<readonly TextRow[]>,
): Promise<void> {
  const folder = await makeDataFolder();
  const pipeline = await loadPipeline(config);
  const [httpPort, webhookPort] = [await freePort(), await freePort()];
  const settings = testSettings(folder.path, { httpPort, webhookPort, ...over });
  const metrics = new Registry();
  const events = createEvents({ level: 'silent', metrics });
  const services = servicesFor(settings, pipeline).filter((name) => name !== 'mqtt-ingress');
  const stack = await startStack({ pipeline, settings, events, metrics, services });
  try {
    const random = seededRandom(7);
    const told = stories(60, random);
    const deliveries = outOfOrder(told.flatMap(deliveriesOf), random);
    assert.notDeepEqual(deliveries, told.flatMap(deliveriesOf));
    const url = `http://127.0.0.1:${webhookPort}/webhooks`;
    await sendAll(deliveries, { url, signal: AbortSignal.timeout(120_000) });
    await assertEven(`http://127.0.0.1:${httpPort}`, deliveries);
    const truth = storefrontTruth(told);
    for (const plan of tablePlans(pipeline)) {
      const expected = truth[plan.name as keyof typeof truth];
      assert.ok(expected.length > 30);
      assert.deepEqual(await rowsOf(plan, folder.path), expected, plan.name);
    }
  } finally {
    await stack.stop();
    await folder.remove();
  }
}

/** All that was accepted is stored, none of it is a dead letter, and the ledger is even. */
async function assertEven(http: string, deliveries: readonly Delivery[]): Promise<void> {
  for (const source of new Set(deliveries.map((delivery) => delivery.source))) {
    await until(async () => {
      const counts = await readLedger(http, source);
      return counts !== undefined && counts.accepted > 0 && isSettled(counts);
    }, 60_000);
    const counts = await readLedger(http, source);
    assert.ok(counts);
    assert.equal(counts.deadLettered, 0, source);
    assert.ok(
      differences(counts).every((difference) => difference === 0),
      source,
    );
  }
}

test(
  'the storefront, embedded: deliveries in disorder and twice end in one right row an order, a payment, a parcel',
  {
    timeout: 180_000,
  },
  () => playAndCompare({}, async (plan, folder) => sqliteRows(folder, plan)),
);

test('the storefront on Kafka and Postgres ends in the same rows', {
  timeout: 240_000,
  skip: withoutEngine(),
}, async () => {
  const database = await makeDatabase();
  const { brokers } = await startKafka();
  const topicPrefix = `storefront-${process.pid}-`;
  const kafka = { brokers, topicPrefix, replication: 1, sasl: undefined, tls: undefined };
  try {
    await playAndCompare(
      { kafka, groupPrefix: topicPrefix, postgresUrl: database.url, partitions: 3 },
      (plan) => postgresRows(database.query, plan),
    );
  } finally {
    await database.remove();
  }
});
