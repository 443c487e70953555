import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeDataFolder } from '../../cli/bench/millrace-process.ts';
import { openSqliteLog } from '../../core/log/sqlite/open-sqlite-log.ts';
import { enrichedTopic } from '../../core/topics.ts';
import { followAccount } from '../../services/influx-sink/influx-account.ts';
import { parseAnswer } from '../../stores/influx/influx-ql.ts';
import { influxStore, influxVersions } from '../contract/store/influx-store-under-test.ts';
import { runInfluxSink } from '../support/influx-sink-under-test.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { spawnNode } from '../support/spawn-node.ts';
import { until } from '../support/until.ts';

const script = new URL('./influx-sink-child.ts', import.meta.url);

for (const [name, settings] of influxVersions) {
  test(`promises 2 and 3: killed again and again, the sink leaves every reading once in ${name}, and its counts are the log's`, {
    skip: withoutEngine(),
  }, async () => {
    const store = await influxStore(settings);
    const folder = await makeDataFolder();
    const acknowledged: number[] = [];
    for (const kept of [150, 400, 50, 700, 250]) {
      const first = (acknowledged.at(-1) ?? -1) + 1;
      const child = spawnNode(script, [folder.path, JSON.stringify(store.influx), String(first)]);
      let seen = 0;
      for await (const line of child.lines) {
        acknowledged.push(Number(line));
        if (++seen === kept) void child.kill();
      }
      await child.kill();
    }

    const log = await openSqliteLog({ folder: folder.path });
    const account = await followAccount(log);
    const sink = await runInfluxSink({ log, folder: folder.path, influx: store.influx });
    const ranges = await log.ranges([enrichedTopic]);
    const records = ranges.reduce((sum, { endOffset }) => sum + endOffset, 0);
    await until(async () => {
      const { offsets } = await account.account();
      const read = Object.values(offsets[enrichedTopic] ?? {});
      return read.reduce((sum, offset) => sum + offset, 0) === records;
    });

    const { sources } = await account.account();
    assert.deepEqual(sources.buses, { stored: records, expired: 0, deadLettered: 0 });
    const [answer] = parseAnswer(await store.query('SELECT "n" FROM "bus"'));
    const points = (answer?.series[0]?.values ?? []).map(([, n]) => Number(n));
    assert.deepEqual(points, [...new Set(points)], 'none twice');
    const there = new Set(points);
    assert.deepEqual(
      acknowledged.filter((n) => !there.has(n)),
      [],
      'none lost',
    );
    assert.ok(points.length <= records);

    await sink.stop();
    account.close();
    await log.close();
    await store.remove();
    await folder.remove();
  });
}
