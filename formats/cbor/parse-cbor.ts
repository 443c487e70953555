import { decode } from 'cborg';
import type { DeadLetterOutcome } from '../../core/outcome.ts';
import type { ParsedValue } from '../json/json-text.ts';
import { deadLetter } from '../json/part.ts';
import { toParsedValue } from '../json/to-parsed-value.ts';
import { BoundedTokenizer } from './bounded-tokenizer.ts';
import { tags } from './tags.ts';

/** Keys need not be texts. */
const options = { useMaps: true, allowBigInt: true, tags } as const;

/** CBOR (RFC 8949) -> a value as JSON has them, or the dead letter that says why not. */
export function parseCbor(payload: Uint8Array): ParsedValue | DeadLetterOutcome {
  if (payload.length === 0)
    return deadLetter('payload-empty', 'Expected CBOR; the payload is empty.');
  // As a Buffer, its slices would be Buffers too, which cost more.
  const bytes = new Uint8Array(payload.buffer, payload.byteOffset, payload.length);
  try {
    const tokenizer = new BoundedTokenizer(bytes, options);
    return toParsedValue(decode(bytes, { ...options, tokenizer }));
  } catch (error) {
    const what = error instanceof Error ? error.message.replace(/^CBOR decode error: /, '') : error;
    return deadLetter('payload-malformed', `Expected CBOR; ${what}.`);
  }
}
