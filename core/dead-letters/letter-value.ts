import { readingCodec } from '../codec.ts';
import type { DeadLetter } from '../dead-letter.ts';
import { readableBytes } from '../readable-bytes.ts';

/**
 * A dead letter as a `--where` sees it: its fields, `text` or `bytesBase64`, and in `payload` what the bytes say where
 * they are JSON or a reading's record.
 */
export function letterValue(letter: DeadLetter): Readonly<Record<string, unknown>> {
  const { bytes, ...rest } = letter;
  const payload = payloadOf(letter);
  return { ...rest, ...readableBytes(bytes), ...(payload !== undefined && { payload }) };
}

function payloadOf({ bytes, contentType }: DeadLetter): unknown {
  try {
    if (contentType === 'avro/binary') return readingCodec.decode(bytes);
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
