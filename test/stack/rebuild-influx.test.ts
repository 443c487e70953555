import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readingCodec } from '../../core/codec.ts';
import { pipelineTopics } from '../../core/log/pipeline-topics.ts';
import { openSqliteLog } from '../../core/log/sqlite/open-sqlite-log.ts';
import { entityKey } from '../../core/reading.ts';
import { enrichedTopic } from '../../core/topics.ts';
import { rebuildInflux } from '../../services/influx-sink/rebuild.ts';
import { openInfluxReader } from '../../stores/influx/open-influx-store.ts';
import { makeReading } from '../support/make-reading.ts';
import { withoutEngine } from '../support/require-stack.ts';
import { startInflux1 } from '../support/servers/start-influx1.ts';

test('InfluxDB is filled again from the log, and a second time changes nothing', {
  skip: withoutEngine(),
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-rebuild-'));
  const log = await openSqliteLog({ folder, reserveBytes: 0 });
  const retention = { rawMs: null, topicsMs: null, historyMs: null, sizeBytes: null };
  await log.createTopics(pipelineTopics({ retention }, { partitions: 3 }));
  const at = 1_700_000_000_000_000;
  const readings = Array.from({ length: 900 }, (_, index) =>
    makeReading({
      eventId: `e${index}`,
      entityId: `${index % 30}`,
      observedAt: at + index * 1_000_000,
      numbers: { speed: index },
    }),
  );
  await log.append(
    readings.map((reading) => ({
      topic: enrichedTopic,
      key: entityKey(reading),
      value: readingCodec.encode(reading),
      timestampMs: Date.now(),
    })),
  );
  const { url } = await startInflux1();
  const influx = {
    version: 1,
    url,
    database: `rebuild_${Date.now()}`,
    username: undefined,
    password: undefined,
  } as const;
  const reader = openInfluxReader({ influx });
  try {
    for (const _ of [1, 2]) {
      const now = () => Date.now() * 1000;
      const parts = { log, influx, historyMs: null, now, onRetry: () => undefined };
      const { records, sources } = await rebuildInflux(parts);
      assert.deepEqual([records, sources.buses?.stored], [900, 900]);
      const series = await reader.series({
        entities: [{ entityType: 'bus', entityId: '7' }],
        fields: ['speed'],
        from: at,
        to: at + 3_600_000_000,
        fn: 'last',
        maxPoints: 1000,
      });
      assert.equal(series[0]?.points.length, 30);
      assert.deepEqual(await reader.span(), { oldest: at, newest: at + 899_000_000 });
    }
  } finally {
    await reader.close();
    await log.close();
    await rm(folder, { recursive: true });
  }
});
