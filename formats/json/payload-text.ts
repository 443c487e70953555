import { isUtf8 } from 'node:buffer';
import type { DeadLetterOutcome } from '../../core/outcome.ts';
import { deadLetter } from './part.ts';

/** UTF-8 bytes -> text without a byte order mark, or the dead letter that says why not. */
export function payloadText(payload: Uint8Array, expected: string): string | DeadLetterOutcome {
  if (payload.length === 0)
    return deadLetter('payload-empty', `Expected ${expected}; the payload is empty.`);
  if (!isUtf8(payload))
    return deadLetter(
      'payload-not-utf8',
      `Expected ${expected} in UTF-8; the bytes are not UTF-8.`,
    );
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString('utf8');
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}
