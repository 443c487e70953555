import { findPlace } from './find-place.ts';
import { hexDump } from './hex-dump.ts';

const maxDumpBytes = 4096;
const excerptCharacters = 72;

/** What came, for people: as text with the place marked below it, or as a dump where it is no text. */
export function showPayload(bytes: Uint8Array, place: string | null): string[] {
  const text = readableText(bytes);
  if (text === undefined) {
    const dump = hexDump(bytes.subarray(0, maxDumpBytes));
    const more = bytes.length - maxDumpBytes;
    return more > 0 ? [dump, `... ${more} bytes more; --json has all of them in base64`] : [dump];
  }
  return [text, ...(place === null ? [] : markedPlace(text, place))];
}

/** UTF-8 without control characters: what a terminal shows as it is. */
function readableText(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return /[^\P{Cc}\t\n\r]/u.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** The line around the place, with a mark below it. */
function markedPlace(text: string, place: string): string[] {
  const found = findPlace(text, place);
  if (found === undefined) return [];
  const { start, end, isThere } = found;
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const lineEnd = text.indexOf('\n', start);
  const line = text.slice(lineStart, lineEnd === -1 ? undefined : lineEnd);
  const column = start - lineStart;
  const from = Math.max(0, column - Math.floor(excerptCharacters / 3));
  const excerpt = line.slice(from, from + excerptCharacters).replaceAll('\t', ' ');
  const before = from > 0 ? '...' : '';
  const after = from + excerptCharacters < line.length ? '...' : '';
  const room = excerpt.length - (column - from);
  const width = Math.max(1, Math.min(end - start, room));
  const lines = text.slice(0, start).split('\n').length;
  const where = isThere ? `${place} is here` : `${place} should be in here`;
  return [
    '',
    `${where} (line ${lines}, column ${column + 1}):`,
    `  ${before}${excerpt}${after}`,
    `  ${' '.repeat(before.length + column - from)}${'^'.repeat(width)}`,
  ];
}
