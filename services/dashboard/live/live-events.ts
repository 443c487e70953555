import type { ApiHeartbeat, ApiReset, ApiSnapshot } from '../api-types.ts';
import { formatCursor } from './live-cursor.ts';
import type { LiveReading } from './live-reading.ts';
import type { Positions } from './positions.ts';

/** Readings, and entities, in one event. */
export const maxPerEvent = 500;
/** An event of very long readings ends earlier. */
const maxEventChars = 1_000_000;

export interface Stretch {
  readonly logId: string;
  /** In order within each partition. */
  readonly readings: readonly LiveReading[];
  /** Where a client stands before and after all of them. */
  readonly before: Positions;
  readonly after: Positions;
}

/** `reading` events of up to 500 readings, each with the cursor that goes on exactly after it. */
export function readingEvents(stretch: Stretch): readonly Buffer[] {
  const events: Buffer[] = [];
  const positions = [...stretch.before];
  let parts: string[] = [];
  let chars = 0;
  const end = (cursorPositions: Positions) => {
    const cursor = formatCursor(stretch.logId, cursorPositions);
    events.push(Buffer.from(`event: reading\nid: ${cursor}\ndata: [${parts.join(',')}]\n\n`));
    parts = [];
    chars = 0;
  };
  for (const reading of stretch.readings) {
    const { json } = reading;
    if (json === '') continue;
    if (parts.length === maxPerEvent || chars >= maxEventChars) end(positions);
    parts.push(json);
    chars += json.length;
    positions[reading.partition] = reading.offset + 1;
  }
  if (parts.length > 0) end(stretch.after);
  return events;
}

/** Only the last part has a cursor: a feed that breaks off within a snapshot begins with a new one. */
export function snapshotEvent(snapshot: ApiSnapshot, cursor: string | undefined): string {
  const id = cursor === undefined ? '' : `id: ${cursor}\n`;
  return `event: snapshot\n${id}data: ${JSON.stringify(snapshot)}\n\n`;
}

/** Takes the client's cursor away. */
export function resetEvent(reset: ApiReset): string {
  return `event: reset\nid\ndata: ${JSON.stringify(reset)}\n\n`;
}

/**
 * Keeps proxies from closing the connection, tells a page that all is well, and brings the cursor forward where a
 * filter lets nothing through. Not a comment, since a browser shows its page none.
 */
export function heartbeatEvent(beat: ApiHeartbeat, cursor: string): string {
  return `event: heartbeat\nid: ${cursor}\ndata: ${JSON.stringify(beat)}\n\n`;
}
