import type { Positions } from './positions.ts';

/** Where a client of the feed stands: which log, and the next offset of each partition. */
export interface LiveCursor {
  readonly logId: string;
  readonly positions: Positions;
}

/** `<log id>~12.0.7`: fits an SSE `id:` line and a query. Shorter than a hash of it would have to be. */
export function formatCursor(logId: string, positions: Positions): string {
  return `${encodeURIComponent(logId)}~${positions.join('.')}`;
}

/** Undefined for anything that {@link formatCursor} did not write. */
export function parseCursor(text: string): LiveCursor | undefined {
  const [, logId, joined] = /^([^~]+)~(\d{1,16}(?:\.\d{1,16})*)$/.exec(text) ?? [];
  if (logId === undefined || joined === undefined) return undefined;
  const positions = joined.split('.').map(Number);
  try {
    return positions.every(Number.isSafeInteger)
      ? { logId: decodeURIComponent(logId), positions }
      : undefined;
  } catch {
    return undefined;
  }
}
