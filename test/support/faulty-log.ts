import { MillraceError } from '../../core/errors.ts';
import type { EventLog, NewRecord } from '../../core/log/event-log.ts';

export interface FaultyLog extends EventLog {
  /** From now on appends wait, in order; those that wait go on when the returned function is called. */
  stall(): () => void;
  /** From now on appends are refused with `LOG_UNAVAILABLE`, until the returned function is called. */
  refuse(): () => void;
  /** Ends every stall and refusal. */
  heal(): void;
  /** Records handed to `append`, refused ones included. */
  readonly offered: number;
}

/** A real log whose appends can be made to stall or to fail: faults that can't be had otherwise at will. */
export function faultyLog(log: EventLog): FaultyLog {
  let gate = Promise.resolve();
  let refusing = false;
  let offered = 0;
  const stalls = new Set<() => void>();
  const append = async (records: readonly NewRecord[]) => {
    offered += records.length;
    if (refusing) throw new MillraceError('LOG_UNAVAILABLE', 'The log refuses, as the test wants.');
    await gate;
    await log.append(records);
  };
  return new Proxy(log, {
    get(target, name) {
      if (name === 'append') return append;
      if (name === 'offered') return offered;
      if (name === 'stall') {
        return () => {
          const { promise, resolve } = Promise.withResolvers<void>();
          gate = promise;
          stalls.add(resolve);
          return () => {
            gate = Promise.resolve();
            resolve();
          };
        };
      }
      if (name === 'heal') {
        return () => {
          refusing = false;
          gate = Promise.resolve();
          for (const resolve of stalls) resolve();
        };
      }
      if (name === 'refuse') {
        return () => {
          refusing = true;
          return () => {
            refusing = false;
          };
        };
      }
      const value = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  }) as FaultyLog;
}
