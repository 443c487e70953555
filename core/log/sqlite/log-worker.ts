import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { BatchTable } from './batch-table.ts';
import { toMillraceError, toWire } from './database-errors.ts';
import { Expiry } from './expiry.ts';
import { openDatabase } from './open-database.ts';
import type { Conversation, Kind, Room, WorkerRequest, WorkerSettings } from './protocol.ts';
import { decodeBlob } from './record-blob.ts';
import { StateTable } from './state-table.ts';
import { TopicTable } from './topic-table.ts';
import { transaction } from './transaction.ts';
import { Upkeep } from './upkeep.ts';

/** The thread that holds `log.db`: requests come in order, each is answered before the next is read. */

const settings = workerData as WorkerSettings;
const roomIsKnownForMs = 250;

type Handlers = { [K in Kind]: (ask: Conversation[K]['ask']) => Conversation[K]['reply'] };

function handlersOf(database: DatabaseSync): Handlers {
  const topics = new TopicTable(database);
  const batches = new BatchTable(database, settings.file);
  const states = new StateTable(database);
  const expiry = new Expiry(database);
  const upkeep = new Upkeep(database, expiry);
  let roomReadAt = 0;
  let freeBytes = 0;
  let seen: unknown;

  const room = (): Room => {
    const now = performance.now();
    if (roomReadAt === 0 || now - roomReadAt > roomIsKnownForMs) {
      const { bavail, bsize } = statfsSync(dirname(settings.file));
      freeBytes = bavail * bsize + freedBytes(database);
      roomReadAt = now;
    }
    return { freeBytes };
  };
  const version = () => database.prepare('PRAGMA data_version').get()?.data_version;

  return {
    catalog: () => {
      seen = version();
      return topics.catalog();
    },
    poll: () => {
      const now = version();
      if (now === seen) return undefined;
      seen = now;
      return topics.catalog();
    },
    createTopics: (specs) => {
      topics.create(specs);
      return topics.catalog();
    },
    write: ({ commit, blobs, offsets, states: puts }) => {
      transaction(database, () => {
        if (blobs) batches.insert(blobs, commit);
        if (puts) states.apply(puts);
        states.putOffsets(offsets);
      });
      return room();
    },
    room: () => {
      roomReadAt = 0;
      return room();
    },
    read: ({ partitionId, fromOffset, maxBytes }) =>
      batches.read(partitionId, fromOffset, maxBytes),
    cut: ({ positions, maxBytes }) => batches.cut(positions, maxBytes),
    offsetAt: ({ partitionId, timeMs }) => {
      const found = batches.offsetAt(partitionId, timeMs);
      if (!found) return undefined;
      const records = decodeBlob(found.records, found.baseOffset);
      return records.find(({ timestampMs }) => timestampMs >= timeMs)?.offset;
    },
    committed: (group) => states.committed(group),
    openSpace: (ask) => {
      const { space, others } = states.openSpace(ask);
      expiry.keep(space);
      expiry.abandon(others);
      return space;
    },
    loadState: ({ space, keys }) => states.load(space, keys),
    maintain: ({ nowMs }) => ({ ...upkeep.step(nowMs), ...room() }),
    close: () => {
      database.close();
      return null;
    },
  };
}

function freedBytes(database: DatabaseSync): number {
  const pages = Number(database.prepare('PRAGMA freelist_count').get()?.freelist_count);
  const pageBytes = Number(database.prepare('PRAGMA page_size').get()?.page_size);
  return pages * pageBytes;
}

/** Buffers of an answer change threads instead of being copied. */
function transferOf(reply: unknown): ArrayBuffer[] {
  if (reply instanceof Uint8Array) return [reply.buffer as ArrayBuffer];
  const bytes = (reply as { bytes?: unknown } | null | undefined)?.bytes;
  return bytes instanceof Uint8Array ? [bytes.buffer as ArrayBuffer] : [];
}

const port = parentPort;
if (!port) throw new Error('log-worker.ts runs as a worker thread');
let handlers: Handlers | undefined;

port.on('message', ({ id, kind, ask }: WorkerRequest) => {
  try {
    // The first request is answered with the error of opening, if there was one.
    handlers ??= handlersOf(openDatabase(settings));
    const reply = (handlers[kind] as (ask: unknown) => unknown)(ask);
    port.postMessage({ id, reply }, transferOf(reply));
    if (kind === 'close') port.close();
  } catch (error) {
    port.postMessage({ id, error: toWire(toMillraceError(error, settings.file)) });
    if (kind === 'close' || !handlers) port.close();
  }
});
