import type { FormatOutcome } from '../format.ts';
import { decodeIncoming } from '../intake/decode-incoming.ts';

/**
 * Decodes as {@link decodeIncoming} does, and keeps the last outcomes: a payload with thousands of bad parts is decoded
 * once for all their letters, and not once for each. The payload is the same when it is the same object.
 */
export function decodeOnce(): typeof decodeIncoming {
  let last: { asked: readonly unknown[]; outcomes: readonly FormatOutcome[] } | undefined;
  return (format, input, largestBytes) => {
    const asked = [format, input.topic, input.payload, input.contentType, largestBytes];
    if (last === undefined || asked.some((one, index) => one !== last?.asked[index]))
      last = { asked, outcomes: decodeIncoming(format, input, largestBytes) };
    return last.outcomes;
  };
}
