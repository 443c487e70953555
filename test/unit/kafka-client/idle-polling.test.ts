import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { type TestContext, test } from 'node:test';
import {
  mendRequestQueue,
  type RequestQueue,
} from '../../../core/log/kafka/client/mend-idle-polling.ts';

interface Queue extends RequestQueue {
  maybeThrottle(ms: number): void;
  push(request: unknown): void;
  fulfillRequest(response: unknown): void;
}

type QueueClass = new (options: object) => Queue;

const logger = { debug: () => undefined, warn: () => undefined };

/** kafkajs's own class, read anew, so that nothing of other tests is in it. */
function queueClass(mended: 'mended' | 'as it comes'): QueueClass {
  const require = createRequire(import.meta.url);
  const path = require.resolve('kafkajs/src/network/requestQueue');
  delete require.cache[path];
  const found = require(path) as QueueClass;
  if (mended === 'mended') mendRequestQueue(found.prototype);
  return found;
}

/** One request, answered, then ten seconds in which nothing happens: how many timers run. Node's shortest is 1 ms. */
function wakeUps(t: TestContext, mended: 'mended' | 'as it comes'): number {
  const armed: (() => void)[] = [];
  const arm = t.mock.method(globalThis, 'setTimeout', (run: () => void) => armed.push(run));
  const queue = new (queueClass(mended))({ logger, maxInFlightRequests: 1 });
  queue.push(request(1, []));
  queue.fulfillRequest({ correlationId: 1, payload: undefined, size: 0 });
  let count = 0;
  for (let ms = 0; ms < 10_000; ms++) {
    const due = armed.splice(0);
    count += due.length;
    for (const run of due) run();
  }
  arm.mock.restore();
  return count;
}

function request(correlationId: number, sent: number[]) {
  const entry = { correlationId, resolve: () => undefined, reject: () => undefined };
  return { entry, expectResponse: true, sendRequest: () => sent.push(correlationId) };
}

test('an idle connection arms no timer, where kafkajs wakes a thousand times a second', (t) => {
  assert.equal(wakeUps(t, 'as it comes'), 10_000);
  assert.equal(wakeUps(t, 'mended'), 0);
});

test('requests that wait for their turn or for a throttle still go out', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const queue = new (queueClass('mended'))({ logger, maxInFlightRequests: 1 });
  const sent: number[] = [];
  queue.push(request(1, sent));
  queue.push(request(2, sent));
  assert.deepEqual(sent, [1]);
  queue.fulfillRequest({ correlationId: 1, payload: undefined, size: 0 });
  assert.deepEqual(sent, [1, 2]);
  queue.fulfillRequest({ correlationId: 2, payload: undefined, size: 0 });
  queue.maybeThrottle(500);
  queue.push(request(3, sent));
  t.mock.timers.tick(400);
  assert.deepEqual(sent, [1, 2]);
  t.mock.timers.tick(200);
  assert.deepEqual(sent, [1, 2, 3]);
});

test('a kafkajs whose queue is written otherwise is refused', () => {
  const prototype = { pending: [], scheduleCheckPendingRequests: () => undefined };
  assert.throws(() => mendRequestQueue(prototype), /not what was read/);
});
