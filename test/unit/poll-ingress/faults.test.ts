import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { PollDeclaration } from '../../../core/config/poll-declaration.ts';
import type { Service } from '../../../core/service.ts';
import { openPollRoom, type PollRoom, pollPipeline } from '../../support/open-poll-room.ts';
import {
  type Answer,
  type Provider,
  sendJson,
  startProvider,
} from '../../support/start-provider.ts';
import { until } from '../../support/until.ts';

const item = { id: 'a', at: '2026-01-01T00:00:00Z', value: 1 };

interface Given {
  readonly answer: Answer;
  readonly poll?: Partial<PollDeclaration>;
}

/** A provider that answers so, and `poll-ingress` that asks it each second. */
async function withPoll(
  { answer, poll }: Given,
  look: (room: PollRoom, provider: Provider, service: Service) => Promise<void>,
): Promise<void> {
  const provider = await startProvider(answer);
  const url = `${provider.address}/things`;
  const declared = { url, every: '1s', jitter: '1ms', items: '$.items[*]', ...poll };
  const room = await openPollRoom(pollPipeline(declared));
  try {
    const service = await room.start();
    await look(room, provider, service);
  } finally {
    await room.close();
    await provider.close();
  }
}

const page = (response: ServerResponse) => sendJson(response, { items: [item] });

test('a circuit opens after n failures and says so by event, metric and health; it closes with an answer', async () => {
  let isWell = false;
  const answer: Answer = (_got, response) =>
    isWell ? page(response) : sendJson(response, {}, { status: 500 });
  const poll = { circuit: { failures: 2, open: '800ms' } };
  await withPoll({ answer, poll }, async (room, provider, service) => {
    const open = await room.untilState(({ circuit }) => circuit === 'open');
    assert.equal(open.failures, 2);
    assert.match(open.problem ?? '', /\/things answered 500/);
    const told = await until(() => service.health().detail);
    assert.match(told, /things is not asked until .* after \d+ failures: .*answered 500/);
    assert.equal(service.health().ready, true, 'others go on');
    assert.match(
      await room.context.metrics.metrics(),
      /millrace_poll_circuit_open\{source="things"\} 1/,
    );
    assert.ok(room.logLines.some((line) => line.includes('poll.circuit-opened')));
    isWell = true;
    await room.untilState(
      ({ circuit, lastSuccessAtMs }) => circuit === 'closed' && lastSuccessAtMs !== null,
    );
    assert.ok(room.logLines.some((line) => line.includes('poll.circuit-closed')));
    await until(() => service.health().detail === undefined);
    assert.ok(provider.got.length < 8, `${provider.got.length} requests`);
  });
});

test('Retry-After of a 429 is kept, in seconds and as a date, and is no failure', async () => {
  const at: number[] = [];
  const answer: Answer = (_got, response) => {
    at.push(Date.now());
    const date = new Date(Date.now() + 2000).toUTCString();
    if (at.length === 1) sendJson(response, {}, { status: 429, headers: { 'retry-after': '2' } });
    else if (at.length === 2)
      sendJson(response, {}, { status: 429, headers: { 'retry-after': date } });
    else page(response);
  };
  await withPoll({ answer, poll: { circuit: { failures: 1 } } }, async (room) => {
    const limited = await room.untilState((state) => state.limited === 1);
    assert.equal(limited.circuit, 'closed');
    await room.untilState(({ lastSuccessAtMs }) => lastSuccessAtMs !== null);
    const [first = 0, second = 0, third = 0] = at;
    assert.ok(second - first >= 2000, `${second - first} ms`);
    // A date has whole seconds.
    assert.ok(third - second >= 1000, `${third - second} ms`);
  });
});

test('what X-RateLimit-Remaining and -Reset leave is not exceeded', async () => {
  const at: number[] = [];
  const answer: Answer = (_got, response) => {
    at.push(Date.now());
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '3' };
    sendJson(response, { items: [item] }, { headers });
  };
  await withPoll({ answer }, async () => {
    await until(() => at.length >= 2);
    assert.ok((at[1] ?? 0) - (at[0] ?? 0) >= 3000);
  });
});

test('a page that has not changed (304) brings nothing and counts nothing', async () => {
  const answer: Answer = ({ headers }, response) => {
    if (headers['if-none-match'] === '"v1"') response.writeHead(304).end();
    else sendJson(response, { items: [item] }, { headers: { etag: '"v1"' } });
  };
  await withPoll({ answer }, async (room, provider) => {
    await until(() => provider.got.length >= 3);
    const state = await room.untilState(({ step }) => step >= 3);
    assert.equal(state.pages, 1);
    assert.equal((await room.readings()).length, 1);
    assert.match(await room.context.metrics.metrics(), /outcome="unchanged"\} [12]/);
  });
});

test('Last-Modified is given back too', async () => {
  const since = 'Sat, 03 Jan 2026 10:00:00 GMT';
  const answer: Answer = ({ headers }, response) => {
    if (headers['if-modified-since'] === since) response.writeHead(304).end();
    else sendJson(response, { items: [item] }, { headers: { 'last-modified': since } });
  };
  await withPoll({ answer }, async (room) => {
    const state = await room.untilState(({ step }) => step >= 2);
    assert.equal(state.pages, 1);
  });
});

test('a redirect to another host is refused, and says how it would be allowed', async () => {
  const other = await startProvider((_got, response) => page(response));
  const answer: Answer = (_got, response) =>
    void response.writeHead(302, { location: `${other.address}/stolen` }).end();
  try {
    await withPoll({ answer }, async (room) => {
      const { problem } = await room.untilState(({ failures }) => failures > 0);
      assert.match(problem ?? '', new RegExp(`redirects: \\['${other.host}'\\]`));
      assert.equal(other.got.length, 0);
    });
    const poll: Partial<PollDeclaration> = {
      redirects: [other.host],
      auth: { type: 'bearer', token: 'only-for-home' },
    };
    await withPoll({ answer, poll }, async (room, provider) => {
      await room.untilState(({ lastSuccessAtMs }) => lastSuccessAtMs !== null);
      assert.equal(provider.got[0]?.headers.authorization, 'Bearer only-for-home');
      assert.equal(other.got[0]?.headers.authorization, undefined, 'it gets no credentials');
    });
  } finally {
    await other.close();
  }
});

test('a redirect on the same host is followed; one that never ends is not', async () => {
  const answer: Answer = ({ url }, response) => {
    if (url.pathname === '/things') response.writeHead(301, { location: '/moved' }).end();
    else page(response);
  };
  await withPoll({ answer }, async (room) => {
    await room.untilState(({ lastSuccessAtMs }) => lastSuccessAtMs !== null);
  });
  const round: Answer = (_got, response) =>
    void response.writeHead(307, { location: '/things' }).end();
  await withPoll({ answer: round }, async (room, provider) => {
    const { problem } = await room.untilState(({ failures }) => failures > 0);
    assert.match(problem ?? '', /redirects more than 5 times/);
    assert.equal(provider.got.length, 6);
  });
});

test('an answer that is slow, cut, or larger than allowed (also once unpacked) is a failure, and nothing of it is taken', async () => {
  const slow: Answer = (_got, response) => void response.writeHead(200).write('{"items": [');
  await withPoll({ answer: slow, poll: { timeout: '300ms' } }, async (room) => {
    const { problem } = await room.untilState(({ failures }) => failures > 0);
    assert.match(problem ?? '', /no whole answer within 0.3 s/);
  });
  const cut: Answer = (_got, response) => {
    response.writeHead(200, { 'content-length': '500' }).write('{"items": [');
    setTimeout(() => response.destroy(), 20);
  };
  await withPoll({ answer: cut }, async (room) => {
    const { problem } = await room.untilState(({ failures }) => failures > 0);
    assert.match(problem ?? '', /could not be asked/);
  });
  const packed = gzipSync(Buffer.alloc(50_000_000, 0x20));
  assert.ok(packed.length < 60_000);
  const bomb: Answer = (_got, response) =>
    void response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed);
  await withPoll({ answer: bomb, poll: { maxBody: '1MB' } }, async (room) => {
    const { problem } = await room.untilState(({ failures }) => failures > 0);
    assert.match(problem ?? '', /more than 1000000 bytes/);
    assert.equal((await room.readings()).length, 0);
  });
});

test('a body that is no JSON is one dead letter, however often it comes, and the poll is a failure', async () => {
  const answer: Answer = (_got, response) => void response.end('<html>Maintenance</html>');
  await withPoll({ answer }, async (room) => {
    await room.untilState(({ failures }) => failures >= 2);
    const [letter, ...more] = await room.deadLetters();
    assert.equal(more.length, 0);
    assert.equal(letter?.reason, 'payload-not-json');
    assert.equal(letter?.bytes.toString(), '<html>Maintenance</html>');
    assert.equal(letter?.topic, '/things');
  });
});

test('JSON without the items is a dead letter, an empty list is not', async () => {
  let isWrong = true;
  const answer: Answer = (_got, response) =>
    sendJson(response, isWrong ? { error: 'no such view' } : { items: [] });
  await withPoll({ answer }, async (room) => {
    await room.untilState(({ failures }) => failures > 0);
    assert.equal((await room.deadLetters())[0]?.reason, 'path-missing');
    isWrong = false;
    await room.untilState(({ lastSuccessAtMs }) => lastSuccessAtMs !== null);
    assert.equal((await room.deadLetters()).length, 1);
  });
});

test('a bad item is a dead letter of its own bytes; its neighbours go on', async () => {
  const answer: Answer = (_got, response) =>
    sendJson(response, { items: [item, { id: 'b', at: 'never', value: 2 }, { ...item, id: 'c' }] });
  await withPoll({ answer }, async (room) => {
    await room.untilState(({ pages }) => pages > 0);
    const [letter] = await room.deadLetters();
    assert.deepEqual(JSON.parse(letter?.bytes.toString() ?? ''), {
      id: 'b',
      at: 'never',
      value: 2,
    });
    assert.deepEqual((await room.readings()).map(({ entityId }) => entityId).sort(), ['a', 'c']);
  });
});

test('pages without an end are bounded: by their number, and where one names itself as the next', async () => {
  let n = 0;
  const endless: Answer = (_got, response) => {
    n++;
    sendJson(response, { items: [{ ...item, id: `e${n}` }], next: `${n}` });
  };
  const pages = { by: 'cursor', path: '$.next', param: 'page', max: 5 } as const;
  await withPoll({ answer: endless, poll: { pages, every: '1h' } }, async (room, provider) => {
    const state = await room.untilState(({ failures }) => failures > 0);
    assert.match(state.problem ?? '', /After 5 pages there are still more/);
    assert.equal(provider.got.length, 5);
    assert.equal((await room.readings()).length, 5, 'what came is kept');
  });
  const stuck: Answer = (_got, response) => sendJson(response, { items: [item], next: 'same' });
  await withPoll(
    { answer: stuck, poll: { pages: { ...pages, max: 100 }, every: '1h' } },
    async (room, provider) => {
      const state = await room.untilState(({ failures }) => failures > 0);
      assert.match(state.problem ?? '', /names itself as the next one/);
      assert.equal(provider.got.length, 2);
    },
  );
});

test('nothing that listens: a failure with its reason, and the service stays ready', async () => {
  const provider = await startProvider(() => undefined);
  await provider.close();
  const room = await openPollRoom(pollPipeline({ url: `${provider.address}/x`, every: '1s' }));
  try {
    const service = await room.start();
    const { problem } = await room.untilState(({ failures }) => failures > 0);
    assert.match(problem ?? '', /ECONNREFUSED/);
    assert.equal(service.health().ready, true);
  } finally {
    await room.close();
  }
});
