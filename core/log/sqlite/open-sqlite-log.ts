import { join } from 'node:path';
import type { Events } from '../../events.ts';
import type { EventLog, LogReader } from '../event-log.ts';
import { type StateBackend, StateCache } from '../state/state-cache.ts';
import { Catalog } from './catalog.ts';
import { lockFolder } from './lock-folder.ts';
import { RecentBlobsBound } from './recent-blobs.ts';
import { SqliteLog } from './sqlite-log.ts';
import { SqliteLogReader } from './sqlite-log-reader.ts';
import { WorkerClient } from './worker-client.ts';
import { WriteQueue } from './write-queue.ts';

export interface SqliteLogOptions {
  /** The data folder; it is made when it is missing. */
  readonly folder: string;
  readonly events?: Events;
  /** Called when the log's thread has ended by itself: nothing is written any more until the process starts anew. */
  readonly onLost?: () => void;
  /** Appends in memory that are not on the disk yet. */
  readonly maxPendingBytes?: number;
  /** Appends are refused while the disk has less room than this; commits and deletes go on. */
  readonly reserveBytes?: number;
  /** Newest records in memory, with what decoding them adds. */
  readonly maxRecentBytes?: number;
  readonly maxStateEntries?: number;
  readonly maxStateBytes?: number;
  readonly minWriteIntervalMs?: number;
  readonly minBatchIntervalMs?: number;
  readonly minCutIntervalMs?: number;
  readonly maintenanceIntervalMs?: number;
  /** For tests of a full disk: pages that `log.db` may have. */
  readonly maxPageCount?: number;
}

const defaults = {
  maxPendingBytes: 16 * 1024 * 1024,
  reserveBytes: 128 * 1024 * 1024,
  maxRecentBytes: 16 * 1024 * 1024,
  maxStateEntries: 200_000,
  maxStateBytes: 48 * 1024 * 1024,
  minWriteIntervalMs: 4,
  minBatchIntervalMs: 10,
  minCutIntervalMs: 10,
  maintenanceIntervalMs: 1000,
};

/**
 * Opens the embedded log for writing. One writer a folder.
 * Rejects with `DATA_DIR_IN_USE`, `DATA_DAMAGED`, `LOG_FULL` or `LOG_UNAVAILABLE`.
 */
export async function openSqliteLog(options: SqliteLogOptions): Promise<EventLog> {
  const { folder, events, onLost, maxPageCount, ...given } = options;
  const settings = { ...defaults, ...given };
  const lock = lockFolder(folder);
  const file = join(folder, 'log.db');
  const client = new WorkerClient({ file, readOnly: false, maxPageCount });
  try {
    const rows = await client.request('catalog', null);
    const catalog = new Catalog();
    catalog.update(rows);
    const recent = new RecentBlobsBound(settings.maxRecentBytes);
    const queue = new WriteQueue({ client, catalog, recent, file }, settings);
    queue.setRoom(await client.request('room', null));
    const states = new StateCache(stateBackend(client), {
      maxEntries: settings.maxStateEntries,
      maxBytes: settings.maxStateBytes,
    });
    events?.info('log.opened', { message: `The log ${file} is open`, logId: rows.logId });
    client.onLost((error) => {
      events?.error('log.thread-ended', { message: error.message, error });
      onLost?.();
    });
    const { logId } = rows;
    return new SqliteLog({ client, catalog, queue, states, lock, logId, events, ...settings });
  } catch (error) {
    await client.close();
    lock.release();
    throw error;
  }
}

function stateBackend(client: WorkerClient): StateBackend {
  return {
    openSpace: (name) => client.request('openSpace', name),
    loadState: (space, keys) => client.request('loadState', { space, keys }),
  };
}

const pollIntervalMs = 50;

/**
 * Opens the embedded log of a folder for reading, also while another process writes it. New commits are found by
 * looking every 50 ms. Rejects with `LOG_UNAVAILABLE` when there is no log yet, `DATA_DAMAGED` when it can't be read.
 */
export async function openSqliteLogReader(folder: string): Promise<LogReader> {
  const file = join(folder, 'log.db');
  const client = new WorkerClient({ file, readOnly: true, maxPageCount: undefined });
  try {
    const rows = await client.request('catalog', null);
    const catalog = new Catalog();
    catalog.update(rows);
    const { logId } = rows;
    const { minCutIntervalMs } = defaults;
    const reader = new PollingReader({
      client,
      catalog,
      logId,
      minCutIntervalMs,
      events: undefined,
    });
    client.onLost((error) => reader.lose(error));
    return reader;
  } catch (error) {
    await client.close();
    throw error;
  }
}

class PollingReader extends SqliteLogReader {
  readonly #timer = setInterval(() => void this.#poll(), pollIntervalMs);
  #polling = false;

  override async ranges(topics: readonly string[]) {
    this.catalog.update(await this.client.request('catalog', null));
    return super.ranges(topics);
  }

  protected override async end(): Promise<void> {
    clearInterval(this.#timer);
    await super.end();
  }

  async #poll(): Promise<void> {
    if (this.#polling) return;
    this.#polling = true;
    try {
      const rows = await this.client.request('poll', null);
      if (rows) this.catalog.update(rows);
    } catch {
      // Busy at this moment; the next look tells.
    } finally {
      this.#polling = false;
    }
  }
}
