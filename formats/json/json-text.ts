import { isUtf8 } from 'node:buffer';
import type { DeadLetterOutcome } from '../../core/outcome.ts';

/** The digits of numbers that a double doesn't hold as they were sent: by object (or array), then key. */
export type NumberTexts = Map<object, Map<string, string>>;

/** A payload as a value. */
export interface ParsedValue {
  readonly kind: 'parsed';
  readonly root: unknown;
  /** Undefined when they were not asked for, or there are none. */
  readonly numberTexts: NumberTexts | undefined;
}

/** JSON.parse with the third argument of the reviver, which TypeScript's library doesn't have yet (ES2026). */
const parseWithSource = JSON.parse as (
  text: string,
  reviver: (this: object, key: string, value: unknown, context: { source?: string }) => unknown,
) => unknown;

/**
 * Whether a text may hold a number that a double would write otherwise: more than 15 digits, a zero at the end of
 * a fraction, an exponent, many zeros in front, -0. Asking first spares most payloads the slow way.
 */
const unlikeDoubles = /[\d.]{16}|\.\d*0(?!\d)|\d[eE]|0\.0{6}|-0(?![.\d])/;

/** UTF-8 bytes -> a JSON value, or the dead letter that says why not. */
export function parseJson(
  payload: Uint8Array,
  options: { readonly withNumberTexts: boolean },
): ParsedValue | DeadLetterOutcome {
  if (payload.length === 0)
    return {
      kind: 'deadLetter',
      reason: 'payload-empty',
      detail: 'Expected JSON; the payload is empty.',
    };
  if (!isUtf8(payload))
    return {
      kind: 'deadLetter',
      reason: 'payload-not-utf8',
      detail: 'Expected JSON in UTF-8; the bytes are not UTF-8.',
    };
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  // A byte order mark is no part of JSON (RFC 8259, 8.1), and may be passed over.
  const text = bytes.toString(
    'utf8',
    bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0,
  );
  try {
    if (!options.withNumberTexts || !unlikeDoubles.test(text))
      return { kind: 'parsed', root: JSON.parse(text), numberTexts: undefined };
    const numberTexts: NumberTexts = new Map();
    const root = parseWithSource(text, function keepDigits(key, value, { source }) {
      if (typeof value !== 'number' || source === undefined || String(value) === source)
        return value;
      const ofHolder = numberTexts.get(this) ?? new Map<string, string>();
      numberTexts.set(this, ofHolder.set(key, source));
      return value;
    });
    return { kind: 'parsed', root, numberTexts };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { kind: 'deadLetter', reason: 'payload-not-json', detail: `Expected JSON; ${detail}.` };
  }
}
