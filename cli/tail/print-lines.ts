import { once } from 'node:events';

/**
 * Writes lines to standard output and waits where its reader is slow. False when nobody reads any more
 * (`millrace tail ... | head`): that is an end, not an error.
 */
export function linePrinter(stream: NodeJS.WritableStream = process.stdout) {
  const closed = new AbortController();
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    closed.abort();
  });
  stream.on('close', () => closed.abort());
  return async (line: string): Promise<boolean> => {
    if (closed.signal.aborted) return false;
    // The signal, and not a race of two events: the event that lost would keep its listener.
    if (!stream.write(`${line}\n`))
      await once(stream, 'drain', { signal: closed.signal }).catch(() => undefined);
    return !closed.signal.aborted;
  };
}
