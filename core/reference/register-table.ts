import { registerEntryCodec } from '../codec.ts';
import type { Events } from '../events.ts';
import type { EventLog } from '../log/event-log.ts';
import type { RegisterEntry } from '../model.ts';
import { registersTopic } from '../topics.ts';

/** All registers, decoded, in memory, and followed as they change. */
export interface RegisterTable {
  get(register: string, key: string): RegisterEntry | undefined;
  close(): void;
}

/** The record key of a register's entry. A register's name holds no slash; the entry's key may. */
export function registerKey(register: string, key: string): string {
  return `${register}/${key}`;
}

/** Resolves when everything that is there has been read. An entry that can't be decoded is left out, with a warning. */
export async function openRegisterTable(
  log: Pick<EventLog, 'table'>,
  events: Pick<Events, 'warn'>,
): Promise<RegisterTable> {
  const table = await log.table(registersTopic);
  const registers = new Map<string, Map<string, RegisterEntry>>();

  const take = (recordKey: string): void => {
    const slash = recordKey.indexOf('/');
    const register = recordKey.slice(0, slash);
    const key = recordKey.slice(slash + 1);
    const entries = registers.get(register) ?? new Map<string, RegisterEntry>();
    registers.set(register, entries);
    const value = table.get(recordKey)?.value ?? null;
    entries.delete(key);
    if (value === null) return;
    try {
      entries.set(key, registerEntryCodec.decode(value));
    } catch (error) {
      events.warn('register.entry-undecodable', {
        message: `The entry ${recordKey} of the registers can't be decoded and is left out.`,
        error,
      });
    }
  };

  table.onChange((keys) => keys.forEach(take));
  for (const [recordKey] of table.entries()) take(recordKey);

  return {
    get: (register, key) => registers.get(register)?.get(key),
    close: () => table.close(),
  };
}
