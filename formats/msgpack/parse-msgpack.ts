import {
  Decoder,
  decodeTimestampToTimeSpec,
  EXT_TIMESTAMP,
  ExtensionCodec,
} from '@msgpack/msgpack';
import type { DeadLetterOutcome } from '../../core/outcome.ts';
import type { ParsedValue } from '../json/json-text.ts';
import { deadLetter } from '../json/part.ts';
import { toParsedValue } from '../json/to-parsed-value.ts';
import { checkBounds } from './check-bounds.ts';

/** MessagePack -> a value as JSON has them, or the dead letter that says why not. */
export function parseMsgpack(payload: Uint8Array): ParsedValue | DeadLetterOutcome {
  if (payload.length === 0)
    return deadLetter('payload-empty', 'Expected MessagePack; the payload is empty.');
  try {
    checkBounds(payload);
    return toParsedValue(decoder.decode(payload));
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    return deadLetter('payload-malformed', `Expected MessagePack; ${what}.`);
  }
}

const extensionCodec = new ExtensionCodec();
extensionCodec.register({ type: EXT_TIMESTAMP, encode: () => null, decode: timestampText });
for (const type of Array.from({ length: 256 }, (_, index) => index - 128))
  if (type !== EXT_TIMESTAMP)
    extensionCodec.register({ type, encode: () => null, decode: (data) => data.slice() });

const decoder = new Decoder({
  extensionCodec,
  useBigInt64: true,
  mapKeyConverter(key) {
    if (typeof key === 'string' || typeof key === 'number') return key;
    if (typeof key === 'bigint' || typeof key === 'boolean' || key === null) return String(key);
    throw new TypeError('a key should be a text or a number');
  },
});

/** RFC 3339, to the nanosecond; beyond the years that it can say, the seconds. */
function timestampText(data: Uint8Array): string {
  const { sec, nsec } = decodeTimestampToTimeSpec(data);
  const time = new Date(sec * 1000);
  if (Number.isNaN(time.getTime())) return `${sec}`;
  return time.toISOString().replace('000Z', `${String(nsec).padStart(9, '0')}Z`);
}
