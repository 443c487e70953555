import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readingCodec } from '../../core/codec.ts';
import { openLedgerView } from '../../core/ledger/ledger-view.ts';
import { openSqliteLogReader } from '../../core/log/sqlite/open-sqlite-log.ts';
import type { Reading } from '../../core/reading.ts';
import { deadLettersTopic, enrichedTopic, rawTopic } from '../../core/topics.ts';
import { recordsOf } from '../support/start-enricher-room.ts';
import { buses, isPassedOn } from './numbered-reading.ts';

const total = 12_000;
const kills = 12;
/** Sent again after a kill though they were acknowledged: a sender whose acknowledgements got lost. */
const repeated = 150;
const script = fileURLToPath(new URL('./enricher-child.ts', import.meta.url));

/** Runs the child until the log has acknowledged `killAt`, then kills it; without `killAt` until it has drained. */
function runChild(folder: string, first: number, killAt: number | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = fork(script, [folder, String(first), String(total)]);
    let acknowledged = first;
    let drained = false;
    child.on('message', (said: { acknowledged?: number; drained?: true }) => {
      acknowledged = Math.max(acknowledged, said.acknowledged ?? 0);
      drained ||= said.drained === true;
      if (killAt !== undefined && acknowledged >= killAt) child.kill('SIGKILL');
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (signal === 'SIGKILL' || (drained && code === 0)) resolve(acknowledged);
      else reject(new Error(`The child ended with ${code ?? signal} before it had drained.`));
    });
  });
}

test('promises 2, 3 and 5: the enricher killed again and again while readings flow', {
  timeout: 120_000,
}, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-enricher-kill-'));
  try {
    let acknowledged = 0;
    for (let kill = 0; kill < kills; kill++) {
      const killAt = Math.floor((total * (kill + 1)) / (kills + 1)) + kill * 7;
      const first = Math.max(0, acknowledged - repeated);
      acknowledged = Math.max(acknowledged, await runChild(folder, first, killAt));
    }
    const first = Math.max(0, acknowledged - repeated);
    assert.equal(await runChild(folder, first, undefined), total);

    // Read first, judged afterwards: a reader left open by a failed assertion would keep the process.
    const { raw, enriched, deadLetters, account } = await readAll(folder);
    const numbers = Array.from({ length: total }, (_, n) => n);
    assert.deepEqual(
      enriched.map(({ eventId }) => Number(eventId)).sort((a, b) => a - b),
      numbers.filter(isPassedOn),
      "each reading of the sender's list was passed on once",
    );
    assertOrderAndSeq(enriched);

    assert.equal(account?.difference, 0, 'the ledger is even');
    assert.equal(account?.inFlight, 0);
    assert.equal(account?.accepted, raw.length, 'every record of the raw topic was counted once');
    assert.equal(account?.passedOn, enriched.length);
    assert.equal(account?.deadLettered, deadLetters);
    assert.ok((account?.deduplicated ?? 0) > 0, 'there were repeats');
    t.diagnostic(
      `${kills} kills, ${total} readings sent, ${raw.length} accepted with repeats, ${account?.deduplicated} recognised, ${enriched.length} passed on, difference 0`,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

async function readAll(folder: string) {
  const log = await openSqliteLogReader(folder);
  try {
    const enriched = await recordsOf(log, enrichedTopic);
    const view = await openLedgerView({ log, sinks: [], ingressDeadLetters: async () => ({}) });
    const account = (await view.read()).sources.buses;
    view.close();
    return {
      raw: await recordsOf(log, rawTopic),
      enriched: enriched.map(({ value }) => readingCodec.decode(value as Buffer)),
      deadLetters: (await recordsOf(log, deadLettersTopic)).length,
      account,
    };
  } finally {
    await log.close();
  }
}

function assertOrderAndSeq(enriched: readonly Reading[]): void {
  for (let bus = 0; bus < buses; bus++) {
    const own = enriched.filter(({ entityId }) => entityId === `bus-${bus}`);
    const order = own.map(({ eventId }) => Number(eventId));
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
      'order is kept per entity',
    );
    for (const group of Map.groupBy(own, ({ observedAt }) => observedAt).values()) {
      assert.deepEqual(
        group.map(({ seq }) => seq),
        group.map((_, index) => index),
        'seq is unique and counts up',
      );
    }
  }
}
