import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readingCodec } from '../../../core/codec.ts';
import type { PollDeclaration } from '../../../core/config/poll-declaration.ts';
import { attemptLetter } from '../../../core/dead-letters/attempt-letter.ts';
import { json } from '../../../formats/json.ts';
import { openPollRoom, pollPipeline } from '../../support/open-poll-room.ts';
import { sendJson, startProvider } from '../../support/start-provider.ts';

const mapping = (time: string) =>
  json({
    entity: { type: 'thing', id: '{$.id}' },
    time: { path: time, unit: 'rfc3339' },
    fields: { value: '$.value' },
  });

test('a dead item that is mended in the configuration and replayed is the reading that the next poll brings', async () => {
  const provider = await startProvider((_got, response) =>
    sendJson(response, { items: [{ id: 'a', seen: '2026-01-01T00:00:00Z', value: 1 }] }),
  );
  const poll: PollDeclaration = { url: provider.address, every: '1h', items: '$.items[*]' };
  const broken = await openPollRoom(pollPipeline(poll, mapping('$.at')));
  const mended = await openPollRoom(pollPipeline(poll, mapping('$.seen')));
  try {
    await broken.start();
    await broken.untilState(({ pages }) => pages > 0);
    const [letter] = await broken.deadLetters();
    assert.equal(letter?.reason, 'time-missing');
    const { sources } = mended.context.pipeline;
    const tryReading = () => ({ kind: 'passes' }) as const;
    const attempt = attemptLetter(letter, letter.bytes, { sources, tryReading, now: 0 });
    assert.equal(attempt.kind, 'passes');
    const [record] = attempt.kind === 'passes' ? attempt.records : [];
    const replayed = readingCodec.decode(record?.value as Buffer);
    await mended.start();
    await mended.untilState(({ pages }) => pages > 0);
    const [polled] = await mended.readings();
    assert.equal(replayed.eventId, polled?.eventId);
    assert.equal(replayed.observedAt, polled?.observedAt);
  } finally {
    await broken.close();
    await mended.close();
    await provider.close();
  }
});
