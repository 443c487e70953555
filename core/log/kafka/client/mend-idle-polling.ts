import { requireInternal } from './kafkajs-internals.ts';

/** What this file touches of kafkajs's `RequestQueue`, one for each connection. */
export interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(): void;
}

let isMended = false;

/**
 * kafkajs 2.2.4 arms a timer after every response though nothing waits, with a negative time, which Node makes
 * 1 ms, and the timer arms the next: each idle connection wakes a thousand times a second (kafkajs issue 1751).
 * Only requests that wait need the check, so without any none is armed; `push` arms it for those that come.
 */
export function mendIdlePolling(): void {
  if (isMended) return;
  const queueClass = requireInternal('src/network/requestQueue') as { prototype: RequestQueue };
  mendRequestQueue(queueClass.prototype);
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
