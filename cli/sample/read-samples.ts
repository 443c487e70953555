import { readFileSync } from 'node:fs';
import { MillraceError } from '../../core/errors.ts';

/** One payload, with what its file says of it. */
export interface Sample {
  /** For people: the file, and which of its samples. */
  readonly name: string;
  readonly topic: string | undefined;
  readonly contentType: string | undefined;
  readonly payload: Buffer;
}

/**
 * The samples in a file, or on standard input for `-`: objects `{topic, contentType, payload or payloadBase64}` (one, a
 * JSON array of them, or one on each line); anything else is one payload, byte for byte. Throws `INPUT_INVALID`.
 */
export function readSamples(file: string): readonly Sample[] {
  const bytes = readBytes(file);
  const enveloped = envelopesIn(bytes);
  if (enveloped === undefined)
    return [{ name: file, topic: undefined, contentType: undefined, payload: bytes }];
  return enveloped.map((envelope, index) => ({
    name: enveloped.length === 1 ? file : `${file}, ${index + 1}`,
    topic: envelope.topic,
    contentType: envelope.contentType,
    payload:
      envelope.payloadBase64 === undefined
        ? Buffer.from(envelope.payload ?? '')
        : Buffer.from(envelope.payloadBase64, 'base64'),
  }));
}

function readBytes(file: string): Buffer {
  try {
    return readFileSync(file === '-' ? 0 : file);
  } catch (cause) {
    const what = file === '-' ? 'Standard input' : `The sample ${file}`;
    throw new MillraceError('INPUT_INVALID', `${what} cannot be read.`, { cause });
  }
}

interface Envelope {
  readonly topic?: string;
  readonly contentType?: string;
  readonly payload?: string;
  readonly payloadBase64?: string;
}

/** Undefined when the bytes are a payload themselves. */
function envelopesIn(bytes: Buffer): readonly Envelope[] | undefined {
  const text = bytes.toString('utf8').replace(/^\ufeff/, '');
  const whole = parsed(text);
  const candidates =
    whole === undefined
      ? text
          .split('\n')
          .filter((line) => line.trim() !== '')
          .map(parsed)
      : Array.isArray(whole)
        ? whole
        : [whole];
  return candidates.length > 0 && candidates.every(isEnvelope) ? candidates : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isEnvelope(value: unknown): value is Envelope {
  if (typeof value !== 'object' || value === null) return false;
  const { topic, contentType, payload, payloadBase64 } = value as Record<string, unknown>;
  const isText = (part: unknown) => part === undefined || typeof part === 'string';
  const payloads = [payload, payloadBase64].filter((part) => part !== undefined);
  return payloads.length === 1 && payloads.every(isText) && isText(topic) && isText(contentType);
}
