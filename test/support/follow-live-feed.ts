import type {
  ApiReading,
  ApiReset,
  ApiSnapshot,
  ApiSnapshotEntity,
} from '../../services/dashboard/api-types.ts';
import { readServerSentEvents } from './read-server-sent-events.ts';

/** What a client of the live feed has heard. */
export interface HeardFeed {
  readonly snapshots: ApiSnapshot[];
  readonly entities: ApiSnapshotEntity[];
  readonly resets: ApiReset[];
  /** Readings of each event. */
  readonly readingEvents: (readonly ApiReading[])[];
  readonly readings: ApiReading[];
  /** After each event that had one. */
  readonly cursors: string[];
  heartbeats: number;
}

export interface LiveFeed extends HeardFeed {
  /** Breaks the connection off, wherever it is. */
  stop(): Promise<void>;
  /** Resolves when the server has ended the connection. */
  readonly ended: Promise<void>;
}

export function followLiveFeed(
  address: string,
  headers: Readonly<Record<string, string>> = {},
): LiveFeed {
  const heard: HeardFeed = {
    snapshots: [],
    entities: [],
    resets: [],
    readingEvents: [],
    readings: [],
    cursors: [],
    heartbeats: 0,
  };
  const abort = new AbortController();
  const ended = hear(heard, readServerSentEvents(address, abort.signal, headers)).catch(
    // The server may break it off too.
    () => undefined,
  );
  const stop = async () => {
    abort.abort();
    await ended;
  };
  return Object.assign(heard, { stop, ended });
}

async function hear(heard: HeardFeed, events: ReturnType<typeof readServerSentEvents>) {
  for await (const { event, data, id } of events) {
    if (event === 'snapshot') {
      const snapshot = JSON.parse(data) as ApiSnapshot;
      heard.snapshots.push(snapshot);
      heard.entities.push(...snapshot.entities);
    } else if (event === 'reading') {
      const readings = JSON.parse(data) as ApiReading[];
      heard.readingEvents.push(readings);
      heard.readings.push(...readings);
    } else if (event === 'reset') heard.resets.push(JSON.parse(data) as ApiReset);
    else if (event === 'heartbeat') heard.heartbeats++;
    if (id !== undefined && id !== '') heard.cursors.push(id);
  }
}
