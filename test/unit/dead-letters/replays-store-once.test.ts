import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readingCodec } from '../../../core/codec.ts';
import { isEven } from '../../../core/ledger/account.ts';
import { enrichedTopic } from '../../../core/topics.ts';
import { stationPipeline } from '../../support/replay-pipelines.ts';
import { recordsOf } from '../../support/start-enricher-room.ts';
import { type ReplayRoom, startReplayRoom } from '../../support/start-replay-room.ts';

type Value = 'good' | 'text' | 'negative' | 'missing';

interface Packet {
  readonly sensor: number;
  readonly timed: boolean;
  readonly values: readonly Value[];
}

const packets = fc.array(
  fc.record({
    sensor: fc.nat(2),
    timed: fc.boolean(),
    values: fc.array(fc.constantFrom<Value>('good', 'good', 'text', 'negative', 'missing'), {
      minLength: 1,
      maxLength: 4,
    }),
  }),
  { minLength: 1, maxLength: 8 },
);

/** What was wrong when the packets came. */
const faults = fc.constantFrom(
  { path: '$.w' },
  { each: '$.vals[*]' },
  { min: 1_000_000 },
  { path: '$.w', min: 1_000_000 },
  {},
);

const replays = fc.array(
  fc.record({
    includeClosed: fc.boolean(),
    limit: fc.integer({ min: 1, max: 5 }),
    /** Of the two appends of a step (readings, then marks): killed before this one, or after both. */
    killedBefore: fc.constantFrom(1, 2, 3, 3, 3),
    where: fc.constantFrom([], ['stage=ingress'], ['stage=enricher'], ['@.totalBytes > 60']),
  }),
  { maxLength: 6 },
);

const start = 1_700_000_000_000;

function payloadOf({ timed, values }: Packet, n: number): string {
  const parts = values.map((value, index) => {
    if (value === 'missing') return {};
    return { v: { good: n * 10 + index, text: 'n/a', negative: -1 }[value] };
  });
  return JSON.stringify({ n, ...(timed && { ts: start + n }), values: parts });
}

/** Its log fails from the given append on, as when the process is killed there. */
function failing(room: ReplayRoom, killedBefore: number) {
  let appends = 0;
  return {
    append: async (records: Parameters<ReplayRoom['log']['append']>[0]) => {
      // The first entry of an action, which says who and what, is not counted.
      if (!records.every(({ key }) => key.endsWith('/0'))) appends++;
      if (appends >= killedBefore) throw new Error('killed');
      await room.log.append(records);
    },
  };
}

test('any mix of dead letters, replayed any number of times in any order and killed in between, stores each reading once, and the ledger is even', {
  timeout: 240_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(packets, faults, replays, async (sent, fault, attempts) => {
      const room = await startReplayRoom(stationPipeline(fault));
      try {
        await room.arrive(
          'air',
          sent.map((packet, n) => ({
            topic: `air/${packet.sensor}`,
            payload: payloadOf(packet, n),
          })),
        );
        assert.ok(isEven(await room.settledLedger()));
        await room.configure(stationPipeline());
        for (const { killedBefore, ...request } of attempts) {
          await room.replay(request, failing(room, killedBefore)).catch((error: Error) => {
            assert.equal(error.message, 'killed');
          });
          assert.ok(isEven(await room.settledLedger()));
        }
        await room.replayAll({ limit: 3 });
        const ledger = await room.settledLedger();
        assert.ok(isEven(ledger), JSON.stringify(ledger));
        const expected = sent.flatMap(({ sensor, values }, n) =>
          values.flatMap((value, index) =>
            value === 'good' ? [`${sensor}:${n * 10 + index}`] : [],
          ),
        );
        const enriched = (await recordsOf(room.log, enrichedTopic)).map(({ value }) => {
          const { entityId, numbers } = readingCodec.decode(value ?? Buffer.alloc(0));
          return `${entityId}:${numbers.v}`;
        });
        assert.deepEqual(enriched.toSorted(), expected.toSorted());
        assert.equal((await room.store.totals()).readings, expected.length);
      } finally {
        await room.close();
      }
    }),
    { numRuns: Number(process.env.RUNS ?? 15), endOnFailure: true },
  );
});
