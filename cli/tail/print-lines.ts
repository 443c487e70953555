import { once } from 'node:events';

/**
 * Writes lines to standard output and waits where its reader is slow. False when nobody reads any more
 * (`millrace tail ... | head`): that is an end, not an error.
 */
export function linePrinter(stream: NodeJS.WriteStream = process.stdout) {
  let closed = false;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    closed = true;
  });
  return async (line: string): Promise<boolean> => {
    if (closed) return false;
    if (!stream.write(`${line}\n`)) {
      await Promise.race([once(stream, 'drain'), once(stream, 'close')]).catch(() => undefined);
    }
    return !closed;
  };
}
