import { isUtf8 } from 'node:buffer';
import type { DeadLetterOutcome } from '../../core/outcome.ts';
import { type NumberTexts, numberTextsOf, unlikeDoubles } from './number-texts.ts';

export type { NumberTexts } from './number-texts.ts';

/** A payload as a value. */
export interface ParsedValue {
  readonly kind: 'parsed';
  readonly root: unknown;
  /** Undefined when they were not asked for, or there are none. */
  readonly numberTexts: NumberTexts | undefined;
}

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
    const root: unknown = JSON.parse(text);
    const hasOthers = options.withNumberTexts && unlikeDoubles.test(text);
    return {
      kind: 'parsed',
      root,
      numberTexts: hasOthers ? numberTextsOf(text, root) : undefined,
    };
  } catch (error) {
    const detail = printable(error instanceof Error ? error.message : String(error));
    return { kind: 'deadLetter', reason: 'payload-not-json', detail: `Expected JSON; ${detail}.` };
  }
}

/** The parser's sentence quotes the payload: its line breaks and escape sequences must not reach lists and terminals. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) =>
    character < ' '
      ? JSON.stringify(character).slice(1, -1)
      : `\\u00${character.charCodeAt(0).toString(16)}`,
  );
}
