import { createRequire } from 'node:module';

/** What this file touches of kafkajs's `RequestQueue`, one for each connection. */
interface RequestQueue {
  readonly pending: readonly unknown[];
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  scheduleCheckPendingRequests(): void;
}

interface RequestQueueClass {
  readonly prototype: RequestQueue;
}

const mendedVersion = '2.2.4';
const require = createRequire(import.meta.url);
let isMended = false;

/**
 * kafkajs 2.2.4 arms a timer after every response though nothing waits, with a negative time, which Node makes
 * 1 ms, and the timer arms the next: each idle connection wakes a thousand times a second (kafkajs issue 1751).
 * Only requests that wait need the check, so without any none is armed; `push` arms it for those that come.
 * Throws when kafkajs is not the version that this was read in.
 */
export function mendIdlePolling(): void {
  if (isMended) return;
  const { version } = require('kafkajs/package.json') as { version: string };
  if (version !== mendedVersion)
    throw new Error(
      `kafkajs ${version} is installed, and its idle polling is mended for ${mendedVersion} only. Read its requestQueue again, then set the version here.`,
    );
  const { prototype } = require('kafkajs/src/network/requestQueue') as RequestQueueClass;
  mendRequestQueue(prototype);
  isMended = true;
}

/** The same for one prototype. Throws when its method isn't the one that was read. */
export function mendRequestQueue(prototype: RequestQueue): void {
  const original = prototype.scheduleCheckPendingRequests;
  if (!/this\.throttledUntil - Date\.now\(\)[\s\S]*this\.pending\.length > 0/.test(`${original}`))
    throw new Error("kafkajs's scheduleCheckPendingRequests is not what was read in 2.2.4.");
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length > 0) original.call(this);
  };
}
