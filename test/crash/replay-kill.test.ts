import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openLogReader } from '../../core/log/open-log.ts';
import { deadLetterMarksTopic } from '../../core/topics.ts';
import { type DeadLetterStack, startDeadLetterStack } from '../support/dead-letter-stack.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { until } from '../support/until.ts';

const packets = 300;
const valuesInPacket = 3;
const readings = packets * valuesInPacket;

/** So slow that it can be killed in the middle. */
const slowly = ['replay', '--rate', '200'];

/** How many dead letters the log says are closed. */
async function closedLetters({ settings }: DeadLetterStack): Promise<number> {
  const log = await openLogReader(settings);
  try {
    const ranges = await log.ranges([deadLetterMarksTopic]);
    return ranges.reduce((sum, { startOffset, endOffset }) => sum + endOffset - startOffset, 0);
  } finally {
    await log.close();
  }
}

/** Begins a replay, and gives it when some of its letters are closed, and others are not. */
async function replayUnderWay(stack: DeadLetterStack) {
  const before = await closedLetters(stack);
  const replay = stack.spawnDlq(...slowly);
  await until(async () => (await closedLetters(stack)) >= before + 60, 60_000);
  return replay;
}

for (const kind of ['embedded', 'kafka-postgres'] as const) {
  const skip = kind === 'embedded' ? false : withoutEngine();
  describe(`promises 2 and 3, ${kind}`, { skip, timeout: 400_000 }, () => {
    test('a replay that is killed, broken off, and loses its log in the middle is gone on with: each reading once, and the ledger even', async (t) => {
      const stack = await startDeadLetterStack(kind);
      try {
        await stack.configure('$.pm');
        const broken = await stack.up();
        const nowMs = Date.now();
        await stack.publish(
          Array.from({ length: packets }, (_, n) => ({
            topic: `city/north/s${n % 7}/state`,
            payload: JSON.stringify({
              ts: nowMs + n,
              values: Array.from({ length: valuesInPacket }, (_, index) => ({
                pm25: n * valuesInPacket + index,
              })),
            }),
          })),
        );
        // They are in the ledger when the store has them.
        await until(async () => (await stack.ledger()).deadLettered === readings);
        await broken.stop();
        await stack.configure('$.pm25');

        // Nobody else has the embedded log: the command's own process appends, and dies.
        const alone = await replayUnderWay(stack);
        alone.child.kill('SIGKILL');
        await alone.finished;

        const first = await stack.up();
        const interrupted = await replayUnderWay(stack);
        interrupted.child.kill('SIGINT');
        const { code, stderr } = await interrupted.finished;
        assert.equal(code, 1, stderr);
        assert.match(stderr, /Broken off\. What is left is open, and the same command goes on/);
        await stack.ledger();

        const loser = await replayUnderWay(stack);
        await first.kill();
        loser.child.kill('SIGKILL');
        await loser.finished;

        await stack.up();
        await stack.dlq('replay');
        await stack.dlq('replay', '--all');
        const counts = await stack.ledger();
        t.diagnostic(JSON.stringify(counts));
        assert.equal(counts.passedOn, readings, 'each reading was passed on once');
        assert.equal(counts.deadLettered, readings);
        assert.ok(counts.deduplicated >= readings, 'the last replay sent them all again');
        for (const [name, { stored }] of Object.entries(counts.sinks))
          assert.equal(stored, readings, name);
        assert.match(await stack.dlq('ls'), /No open dead letters/);
        assert.match(await stack.dlq('log'), /broken off/);
      } finally {
        await stack.close();
      }
    });
  });
}
