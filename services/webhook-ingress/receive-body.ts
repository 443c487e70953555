import type { IncomingMessage } from 'node:http';
import type { ByteShare } from './byte-budget.ts';
import { isRefusal, type Refusal, refuse, refuseForNow } from './refusal.ts';

/** Of a body that is refused: so much of it is still read, and thrown away, since many senders look for no answer before. */
const maxWastedBytes = 16 * 1024 * 1024;

export interface BodyBounds {
  readonly maxBytes: number;
  readonly share: ByteShare;
}

/**
 * The whole body as it came. A larger one, or one for which there is no room, is read on without being kept, so that the
 * sender gets to the answer. Undefined when the sender went away.
 */
export function receiveBody(
  request: IncomingMessage,
  { maxBytes, share }: BodyBounds,
): Promise<Buffer | Refusal | undefined> {
  const declared = Number(request.headers['content-length'] ?? 0);
  let refusal = declared > maxBytes ? tooLarge(maxBytes) : undefined;
  let chunks: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve) => {
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      // As they come: whoever only declares bytes takes no room.
      if (!refusal && bytes > maxBytes) refusal = tooLarge(maxBytes);
      else if (!refusal && !share.take(chunk.length))
        refusal = refuseForNow('Too many bytes wait for the log; send it again.', 2);
      if (!refusal) chunks.push(chunk);
      else {
        chunks = [];
        if (bytes > maxBytes + maxWastedBytes) end({ ...refusal, closes: true });
      }
    });
    request.once('end', () => end(refusal ?? joined(chunks, bytes)));
    request.once('error', () => end(undefined));
    request.once('close', () => end(undefined));

    function end(result: Buffer | Refusal | undefined): void {
      if (result !== undefined && isRefusal(result) && result.closes) request.pause();
      resolve(result);
    }
  });
}

function joined(chunks: readonly Buffer[], bytes: number): Buffer {
  const [first] = chunks;
  return chunks.length === 1 && first ? first : Buffer.concat(chunks, bytes);
}

function tooLarge(maxBytes: number): Refusal {
  return refuse(
    'delivery-too-large',
    `The body should have at most ${maxBytes} bytes (webhook.maxBytes of the source); it has more.`,
  );
}
