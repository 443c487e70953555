import { isUtf8 } from 'node:buffer';

/** A fault of a line, to be caught where the line is read. */
export class LineFault extends Error {}

/** Characters that end a token, by their code; above 127 none does. */
export type Ends = Uint8Array;

/** A token ends at these, and at every control character. */
export function endsAt(characters: string): Ends {
  const ends = new Uint8Array(128);
  ends.fill(1, 0, 32);
  ends[0x7f] = 1;
  for (const character of characters) ends[character.charCodeAt(0)] = 1;
  return ends;
}

/** Goes over a payload token by token. One that is not UTF-8 is read byte by byte, and each of its tokens looked at. */
export class LineReader {
  at = 0;
  line = 1;
  readonly text: string;
  readonly #isLatin1: boolean;

  constructor(payload: Uint8Array) {
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
    this.#isLatin1 = !isUtf8(payload);
    this.text = bytes.toString(this.#isLatin1 ? 'latin1' : 'utf8');
  }

  isOver(): boolean {
    return this.at >= this.text.length;
  }

  /** NaN at the end. */
  code(): number {
    return this.text.charCodeAt(this.at);
  }

  skipBlanks(): void {
    while (this.code() === blank) this.at++;
  }

  /** Up to the next of `ends`, with what a backslash makes of the characters in `escapes`; others keep it. */
  takeEscaped(ends: Ends, escapes: Readonly<Record<string, string>>): string {
    const { text } = this;
    const from = this.at;
    let at = from;
    let hasEscapes = false;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === backslash) {
        if (escapes[text[at + 1] ?? ''] === undefined) continue;
        hasEscapes = true;
        at++;
      } else if (code < 128 && ends[code] === 1) {
        break;
      } else if (code === lineFeed) {
        this.line++;
      }
    }
    this.at = at;
    const raw = this.#decoded(text.slice(from, at));
    return hasEscapes
      ? raw.replace(/\\([\s\S])/g, (pair, next: string) => escapes[next] ?? pair)
      : raw;
  }

  take(ends: Ends): string {
    return this.takeEscaped(ends, noEscapes);
  }

  /** Whatever bytes it goes over. */
  skip(ends: Ends): void {
    while (!this.isOver() && !(this.code() < 128 && ends[this.code()] === 1)) this.at++;
  }

  /** A line break, or the end. A carriage return alone is neither. */
  takeLineEnd(): boolean {
    if (this.isOver()) return true;
    const isCarriageReturn = this.code() === carriageReturn;
    const next = isCarriageReturn ? this.at + 1 : this.at;
    if (this.text.charCodeAt(next) === lineFeed) {
      this.at = next + 1;
      this.line++;
      return true;
    }
    if (!isCarriageReturn || next < this.text.length) return false;
    this.at = next;
    return true;
  }

  /** To the line after the one that begins at `from`, which is `line`. */
  goAfterLine(from: number, line: number): void {
    const end = this.text.indexOf('\n', from);
    this.at = end === -1 ? this.text.length : end + 1;
    this.line = line + 1;
  }

  /** A fault at this place: `expected` and what stands here. */
  fault(expected: string): LineFault {
    const came = this.isOver() ? 'its end' : JSON.stringify(this.text[this.at]);
    const start = this.text.lastIndexOf('\n', this.at - 1) + 1;
    return new LineFault(`Expected ${expected}; came ${came} (column ${this.at - start + 1}).`);
  }

  #decoded(raw: string): string {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what is not ASCII.
    if (!this.#isLatin1 || /^[\x00-\x7f]*$/.test(raw)) return raw;
    const bytes = Buffer.from(raw, 'latin1');
    if (!isUtf8(bytes))
      throw new LineFault(
        `Expected UTF-8; came other bytes in ${JSON.stringify(raw.slice(0, 40))}.`,
      );
    return bytes.toString('utf8');
  }
}

const noEscapes = {};
export const blank = 0x20;
export const lineFeed = 0x0a;
export const carriageReturn = 0x0d;
const backslash = 0x5c;
