import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { checkPipeline } from '../../../core/config/check-pipeline.ts';
import { definePipeline } from '../../../core/config/pipeline.ts';
import { custom } from '../../../formats/custom.ts';
import { gtfsRealtime, gtfsVehicle } from '../../../formats/gtfs-realtime.ts';
import { withMemory } from '../../../services/poll-ingress/with-memory.ts';
import { MapState } from '../../support/map-state.ts';
import { openPollRoom, pollPipeline } from '../../support/open-poll-room.ts';
import { startProvider } from '../../support/start-provider.ts';

const counting = custom({
  name: 'counting',
  remembers: true,
  emits: { thing: ['value'] },
  decode: ({ memory }) => {
    const count = Number(memory?.get('count') ?? '0') + 1;
    memory?.put('count', `${count}`);
    return [
      {
        kind: 'ok',
        observation: {
          entityType: 'thing',
          entityId: 'all',
          numbers: { value: count },
          flags: {},
          texts: {},
          tags: {},
          position: null,
          unset: [],
        },
      },
    ];
  },
});

test('what a format remembers of one page is there for the next, also after a restart', async () => {
  const provider = await startProvider((_got, response) => void response.end('x'));
  const pipeline = pollPipeline({ url: provider.address, every: '1s', jitter: '1ms' }, counting);
  const first = await openPollRoom(pipeline);
  const service = await first.start();
  await first.untilState(({ pages }) => pages >= 2);
  await service.stop();
  const before = (await first.readings()).length;
  await first.log.close();
  const second = await openPollRoom(pipeline, { folder: first.folder });
  try {
    await second.start();
    await second.untilState(({ pages }) => pages > before);
    const values = (await second.readings()).map(({ numbers }) => numbers.value);
    assert.deepEqual(
      values,
      Array.from({ length: values.length }, (_, n) => n + 1),
    );
  } finally {
    await second.close();
    await provider.close();
  }
});

test('keys that depend on the values of others are brought in too; what a format deletes is gone', async () => {
  const entries = new Map([
    ['s\0first', Buffer.from('second')],
    ['s\0second', Buffer.from('value')],
    ['other\0first', Buffer.from('of another source')],
  ]);
  const found = await withMemory(new MapState(entries), 's', (memory) => {
    const value = memory.get(memory.get('first') ?? '');
    memory.put('first', undefined);
    return value;
  });
  assert.equal(found, 'value');
  assert.deepEqual([...entries.keys()], ['s\0second', 'other\0first']);
});

test('a feed of GTFS Realtime is polled as it is, and the same feed again brings the same readings', async () => {
  const golden = readFileSync(
    new URL('../../golden/gtfs-realtime/vehicle-positions/input', import.meta.url),
  );
  // A golden input is a line with the topic, then the bytes.
  const feed = golden.subarray(golden.indexOf('\n') + 1);
  const provider = await startProvider((_got, response) => void response.end(feed));
  const checked = checkPipeline(
    definePipeline({
      name: 'transit',
      models: { vehicle: gtfsVehicle },
      sources: {
        buses: {
          format: gtfsRealtime({ take: ['vehicles'] }),
          poll: { url: `${provider.address}/vehicle-positions.pb`, every: '1s', jitter: '1ms' },
        },
      },
    }),
    process.cwd(),
  );
  if ('faults' in checked) throw new Error(JSON.stringify(checked.faults));
  const room = await openPollRoom(checked.pipeline);
  try {
    await room.start();
    await room.untilState(({ pages }) => pages >= 2);
    const ids = (await room.readings()).map(({ eventId }) => eventId);
    assert.ok(ids.length >= 2);
    assert.equal(new Set(ids).size * 2, ids.length, 'each stands there twice, under one id');
  } finally {
    await room.close();
    await provider.close();
  }
});
