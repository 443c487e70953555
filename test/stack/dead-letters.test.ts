import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { lockFolder } from '../../core/log/sqlite/lock-folder.ts';
import { openSqliteLog } from '../../core/log/sqlite/open-sqlite-log.ts';
import { startDeadLetterStack } from '../support/dead-letter-stack.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { until } from '../support/until.ts';

/** History is kept for seven days. */
const start = Date.now() - 60_000;

const packet = (sensor: string, values: readonly unknown[], n: number) => ({
  topic: `city/north/${sensor}/state`,
  payload: JSON.stringify({ ts: start + n, values: values.map((pm25) => ({ pm25 })) }),
});

interface Group {
  readonly reason: string;
  readonly count: number;
  readonly open: number;
  readonly replayed: number;
  readonly discarded: number;
}

for (const kind of ['embedded', 'kafka-postgres'] as const) {
  const skip = kind === 'embedded' ? false : withoutEngine();
  describe(`dead letters of a broken source, ${kind}`, { skip, timeout: 180_000 }, () => {
    test('mended in the configuration and replayed: every reading once, and the ledger even', async () => {
      const stack = await startDeadLetterStack(kind);
      try {
        await stack.configure('$.pm');
        const broken = await stack.up();
        await stack.publish([
          packet('s1', [12.5, 13], 1),
          packet('s2', ['n/a'], 2),
          { topic: 'city/north/s3/state', payload: 'not json' },
        ]);
        const groups = await until(async () => {
          const { items } = JSON.parse(await stack.dlq('ls', '--json')) as { items: Group[] };
          return items.reduce((sum, { count }) => sum + count, 0) === 4 ? items : undefined;
        });
        assert.deepEqual(
          groups.map(({ reason, count }) => [reason, count]),
          [
            ['path-missing', 3],
            ['payload-not-json', 1],
          ],
        );
        const dry = await stack.dlq('replay', '--dry-run');
        assert.match(dry, /^0 of 4 dead letters would pass/);
        assert.match(dry, /3 +path-missing/);
        assert.equal((await stack.ledger()).deadLettered, 4);
        await broken.stop();

        await stack.configure('$.pm25');
        const mended = await stack.up();
        assert.match(await stack.dlq('replay', '--dry-run'), /^2 of 4 dead letters would pass/);
        const replayed = await stack.dlq('replay');
        assert.match(replayed, /^2 of 4 dead letters passed: 2 readings went into the log again/);
        assert.match(replayed, /1 +type-mismatch .* Expected a number/);
        assert.match(
          await stack.dlq('discard', '--where', 'reason=payload-not-json', '--reason', 'A test.'),
          /^1 dead letter is discarded: A test\./,
        );
        const counts = await stack.ledger();
        assert.deepEqual(
          [counts.accepted, counts.deadLettered, counts.passedOn],
          [6, 4, 2],
          'what came is counted when it died and, once more, when it went on',
        );
        const all = JSON.parse(await stack.dlq('ls', '--all', '--json')) as { items: Group[] };
        assert.deepEqual(
          all.items.map(({ open, replayed: done, discarded }) => [open, done, discarded]),
          [
            [1, 2, 0],
            [0, 0, 1],
          ],
        );
        await stack.dlq('replay', '--all', '--where', 'reason=path-missing');
        const again = await stack.ledger();
        assert.deepEqual([again.deduplicated, again.passedOn], [2, 2], 'twice stores once');
        const audit = await stack.dlq('log');
        assert.match(audit, /replay .* 2 +2 +2 +done/);
        assert.match(audit, /discard .* 1 +0 +0 +done .*where=reason=payload-not-json +A test\./);
        await mended.stop();
      } finally {
        await stack.close();
      }
    });
  });
}

test('while nothing runs, the embedded log is worked on by the command itself, and the store shows it at once', async () => {
  const stack = await startDeadLetterStack('embedded');
  try {
    await stack.configure('$.pm');
    const broken = await stack.up();
    await stack.publish([packet('s1', [12.5], 1)]);
    await until(async () => (await stack.ledger()).deadLettered === 1);
    await broken.stop();
    await stack.configure('$.pm25');
    assert.match(await stack.dlq('replay'), /^1 of 1 dead letter passed/);
    assert.match(await stack.dlq('ls'), /No open dead letters/);
    assert.match(await stack.dlq('show', await idOf(stack)), /state +replayed since .*1 reading/);
    await stack.up();
    assert.deepEqual((await stack.ledger()).sinks['sqlite-sink']?.stored, 1);
  } finally {
    await stack.close();
  }
});

/** What differs from run to run: ids, times, who, and the widths that follow from them. */
function masked(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/[\w.-]+@[\w.-]+(?= )/g, 'WHO')
    .replace(/(?<= |^)[\w-]{22}(?= |$)/gm, 'ID')
    .replace(/"ts": \d{13}/g, '"ts": N')
    .replace(/[ ]+/g, ' ')
    .trim();
}

test('docs/dead-letters.md shows what the commands say', { timeout: 120_000 }, async () => {
  const page = await readFile(join(import.meta.dirname, '../../docs/dead-letters.md'), 'utf8');
  const blocks = Array.from(
    page.matchAll(/```console\n\$ npx millrace dlq (.*)\n([\s\S]*?)```/g),
    ([, command = '', says = '']) => ({ command, says }),
  );
  assert.equal(blocks.length, 7);
  const stack = await startDeadLetterStack('embedded');
  try {
    await stack.configure('$.pm');
    const broken = await stack.up();
    const values = (sensor: string, text: string) => ({
      topic: `city/north/${sensor}/state`,
      payload: `{"ts": ${start}, "values": ${text}}`,
    });
    for (const one of [
      values('s1', '[{"pm25": 12.5}, {"pm25": 13.1}]'),
      values('s2', '[{"pm25": "n/a"}]'),
      { topic: 'city/north/s3/state', payload: 'hello' },
    ])
      await stack.publish([one]);
    await until(async () => (await stack.ledger()).deadLettered === 4);
    const { items } = JSON.parse(await stack.dlq('ls', '--each', '--json'));
    const second = items.find((letter: { part: number }) => letter.part === 1).id;
    for (const { command, says } of blocks) {
      if (command === 'replay --dry-run') {
        await broken.stop();
        await stack.configure('$.pm25');
        await stack.up();
      }
      const words = Array.from(command.matchAll(/'([^']*)'|(\S+)/g), ([, quoted, word]) =>
        (quoted ?? word ?? '').replace(/^(?=.*\d)[\w-]{22}$/, second),
      );
      assert.equal(masked(await stack.dlq(...words)), masked(says), command);
    }
    const { accepted, deduplicated, filtered, deadLettered, passedOn, inFlight, difference } =
      await stack.ledger();
    const counts = {
      accepted,
      deduplicated,
      filtered,
      deadLettered,
      passedOn,
      inFlight,
      difference,
    };
    const shown = /```json\n(.*)\n```/.exec(page)?.[1] ?? '';
    assert.deepEqual(counts, JSON.parse(shown));
  } finally {
    await stack.close();
  }
});

test('a process that has the embedded log and no dashboard is told of, with what to do; nothing is changed', async () => {
  const stack = await startDeadLetterStack('embedded');
  // As it is after a first run.
  await (await openSqliteLog({ folder: stack.settings.dataDir })).close();
  const lock = lockFolder(stack.settings.dataDir);
  try {
    await assert.rejects(
      stack.dlq('discard', '--source', 'air', '--reason', 'A test.'),
      /Another process writes to the data folder .* its dashboard should answer at http:\/\/127\.0\.0\.1:\d+; it does not/,
    );
  } finally {
    lock.release();
    await stack.close();
  }
});

async function idOf(stack: Awaited<ReturnType<typeof startDeadLetterStack>>): Promise<string> {
  const { items } = JSON.parse(await stack.dlq('ls', '--each', '--all', '--json'));
  return items[0].id;
}
