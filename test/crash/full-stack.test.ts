import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { type NumberedSender, openNumberedSender } from '../support/numbered-sender.ts';
import { queryInflux } from '../support/query-influx.ts';
import { differences, isSettled, readLedger, type SourceCounts } from '../support/read-ledger.ts';
import { withoutEngine } from '../support/require-stack.ts';
import type { ServerControl } from '../support/servers/start-server.ts';
import { type FullStack, fullStackServices, startFullStack } from '../support/start-full-stack.ts';
import { until } from '../support/until.ts';

const configPath = fileURLToPath(new URL('numbered-pipeline.config.ts', import.meta.url));
const meters = 20;
/** `MILLRACE_CRASH_LONG=1`: at 10,000 a second, and servers stay away for 30 s; takes some ten minutes. */
const isLong = process.env.MILLRACE_CRASH_LONG === '1';
/** Offered; the sender slows down when the broker does. */
const ratePerSecond = isLong ? 10_000 : 2_000;
const outageMs = isLong ? 30_000 : 8_000;

/** One thing that goes wrong while readings come, and what makes it right again. */
interface Trouble {
  readonly name: string;
  happen(stack: FullStack): Promise<void>;
}

const killed: readonly Trouble[] = fullStackServices.map((service) => ({
  name: `${service} killed`,
  async happen(stack) {
    await stack.kill(service);
    await stack.start(service);
  },
}));

const stopped = (name: string, server: (stack: FullStack) => ServerControl): Trouble => ({
  name: `${name} stopped for ${outageMs / 1000} s`,
  async happen(stack) {
    await server(stack).halt();
    await passTime(outageMs);
    await server(stack).resume();
  },
});

const restarted = (name: string, server: (stack: FullStack) => ServerControl): Trouble => ({
  name: `${name} restarted`,
  happen: (stack) => server(stack).restart(),
});

const troubles: readonly Trouble[] = [
  ...killed,
  restarted('Mosquitto', ({ servers }) => servers.mosquitto),
  restarted('Kafka', ({ servers }) => servers.kafka),
  stopped('Kafka', ({ servers }) => servers.kafka),
  stopped('InfluxDB', ({ servers }) => servers.influx),
  stopped('Postgres', ({ servers }) => servers.postgres),
];

test('promises 1 to 7 on the full stack: each service killed, each server restarted or stopped, while publishing', {
  timeout: 1_500_000,
  skip: withoutEngine(),
}, async (t) => {
  const stack = await startFullStack({ configPath });
  const sender = await openNumberedSender({
    port: stack.mqttPort,
    meters,
    window: 2000,
    perSecond: ratePerSecond,
  });
  try {
    for (const trouble of troubles) await during(t, { stack, sender, trouble });
    await compare(t, stack, sender);
  } finally {
    await sender.close();
    await stack.stop();
  }
});

/** Publishes before, during and after the trouble, until all is settled again. */
async function during(
  t: TestContext,
  { stack, sender, trouble }: { stack: FullStack; sender: NumberedSender; trouble: Trouble },
): Promise<void> {
  const startedMs = performance.now();
  const sentBefore = sender.list.sent;
  let isOver = false;
  const sending = (async () => {
    while (!isOver) await sender.send(ratePerSecond / 10);
  })();
  await until(() => sender.list.acknowledged.length > sentBefore + ratePerSecond);
  await trouble.happen(stack);
  isOver = true;
  await sending;
  const healedMs = performance.now();
  const account = await settled(stack, sender);
  const seconds = (ms: number) => (ms / 1000).toFixed(1);
  t.diagnostic(
    `${trouble.name}: ${sender.list.sent - sentBefore} published in ${seconds(healedMs - startedMs)} s, all stored ${seconds(performance.now() - healedMs)} s later; differences ${differences(account)}`,
  );
  assert.deepEqual(new Set(differences(account)), new Set([0]), trouble.name);
}

/** Everything that was acknowledged to the sender is stored by every sink. */
function settled(stack: FullStack, sender: NumberedSender): Promise<SourceCounts> {
  return until(async () => {
    const now = await readLedger(stack.http, 'meters').catch(() => undefined);
    return now && now.passedOn >= sender.list.acknowledged.length && isSettled(now)
      ? now
      : undefined;
  }, 180_000);
}

/** The sender's own list against what rests in the two databases. */
async function compare(t: TestContext, stack: FullStack, sender: NumberedSender): Promise<void> {
  const { acknowledged, sent } = sender.list;
  assert.equal(acknowledged.length, sent);
  const account = await settled(stack, sender);
  assert.equal(account.passedOn, sent, 'each reading was passed on once');
  for (const [sink, counts] of Object.entries(account.sinks))
    assert.equal(counts.stored, sent, `stored by ${sink}`);
  const expected = numbersByMeter(acknowledged);
  const database = new pg.Client({ connectionString: stack.servers.postgres.url });
  await database.connect();
  const rows = await database.query<{ entity_id: string; n: number }>(
    "SELECT entity_id, (numbers->>'n')::float8 AS n FROM millrace.entities",
  );
  await database.end();
  assert.equal(rows.rows.length, meters);
  for (const { entity_id: meter, n } of rows.rows)
    assert.equal(n, expected.get(meter)?.at(-1), `the latest of ${meter} in Postgres`);
  for (const [meter, numbers] of expected) {
    const points = await queryInflux(
      stack.servers.influx,
      `SELECT n FROM meter WHERE entityId = '${meter}'`,
    );
    // By time, which is the order of the numbers: as many, each once.
    assert.deepEqual(
      points.map(([, n]) => n),
      numbers,
      `the points of ${meter} in InfluxDB`,
    );
  }
  t.diagnostic(
    `${sent} acknowledged, ${account.accepted} accepted, ${account.deduplicated} repeats recognised, ${account.passedOn} stored in both databases, none twice; differences ${differences(account)}`,
  );
}

function numbersByMeter(numbers: readonly number[]): Map<string, number[]> {
  const byMeter = new Map<string, number[]>();
  for (const n of [...numbers].sort((a, b) => a - b)) {
    const meter = `m${n % meters}`;
    const own = byMeter.get(meter);
    if (own) own.push(n);
    else byMeter.set(meter, [n]);
  }
  return byMeter;
}

/** An outage lasts a while; there is no condition to wait for. */
const passTime = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
