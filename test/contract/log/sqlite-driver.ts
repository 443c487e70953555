import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogReader } from '../../../core/log/event-log.ts';
import {
  openSqliteLog,
  openSqliteLogReader,
  type SqliteLogOptions,
} from '../../../core/log/sqlite/open-sqlite-log.ts';
import type { LogDriver } from './log-driver.ts';

/** The embedded log in a folder of its own. */
export const sqliteDriver: LogDriver = {
  name: 'SQLite',
  hasConsistentCuts: true,
  create: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-log-'));
    const opened: LogReader[] = [];
    return {
      open: async (options) =>
        keep(await openSqliteLog({ folder, ...options } as SqliteLogOptions)),
      openReader: async () => keep(await openSqliteLogReader(folder)),
      remove: async () => {
        for (const log of opened.reverse()) await log.close();
        await rm(folder, { recursive: true, force: true });
      },
    };
    function keep<T extends LogReader>(log: T): T {
      opened.push(log);
      return log;
    }
  },
};
