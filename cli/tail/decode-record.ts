import { deadLetterCodec, modelCodec, readingCodec, registerEntryCodec } from '../../core/codec.ts';
import { readableBytes } from '../../core/readable-bytes.ts';
import {
  deadLetterActionsTopic,
  deadLetterMarksTopic,
  deadLettersTopic,
  enrichedTopic,
  ledgerTopic,
  modelsTopic,
  rawTopic,
  registersTopic,
  returnedTopic,
} from '../../core/topics.ts';

const decoders: Readonly<Record<string, (value: Buffer) => unknown>> = {
  [rawTopic]: (value) => readingCodec.decode(value),
  [enrichedTopic]: (value) => readingCodec.decode(value),
  [deadLettersTopic]: (value) => {
    const { bytes, ...rest } = deadLetterCodec.decode(value);
    return { ...rest, ...readableBytes(bytes) };
  },
  [registersTopic]: (value) => registerEntryCodec.decode(value),
  [modelsTopic]: (value) => modelCodec.decode(value),
  [ledgerTopic]: (value) => JSON.parse(value.toString('utf8')),
  [returnedTopic]: (value) => readingCodec.decode(value),
  [deadLetterMarksTopic]: (value) => JSON.parse(value.toString('utf8')),
  [deadLetterActionsTopic]: (value) => JSON.parse(value.toString('utf8')),
};

export const decodableTopics = Object.keys(decoders);

/** A record's value as JSON can hold it; a tombstone is null. Throws `RECORD_UNDECODABLE` or `SCHEMA_UNKNOWN`. */
export function decodeRecord(topic: string, value: Buffer | null): unknown {
  if (value === null) return null;
  const decode = decoders[topic];
  return decode ? decode(value) : { bytesBase64: value.toString('base64') };
}
