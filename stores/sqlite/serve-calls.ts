import type { MessagePort } from 'node:worker_threads';
import { MillraceError } from '../../core/errors.ts';
import type { CallAnswer, CallRequest } from './worker-calls.ts';

/**
 * Answers the calls that come on a port, one after the other. `close` is the last.
 * What a call throws goes back to its caller as it is told by `failure`.
 */
export function serveCalls(
  port: MessagePort,
  calls: Readonly<Record<string, (...args: never[]) => unknown>>,
  failure: (error: unknown) => unknown,
): void {
  port.on('message', ({ id, name, args }: CallRequest) => {
    port.postMessage(answer(id, name, args));
    if (name === 'close') port.close();
  });

  const answer = (id: number, name: string, args: readonly unknown[]): CallAnswer => {
    try {
      const call = calls[name];
      if (call === undefined) throw new TypeError(`There is no call ${name}.`);
      return { id, value: call(...(args as never[])) };
    } catch (thrown) {
      const error = failure(thrown);
      if (error instanceof MillraceError)
        return { id, failure: { code: error.code, message: error.message, cause: error.cause } };
      return { id, failure: { code: null, message: messageOf(error), cause: error } };
    }
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
