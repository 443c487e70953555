import { type Found, numberText } from '../../formats/json/json-path.ts';
import type { NumberTexts } from '../../formats/json/json-text.ts';

/** A number with the digits that it came with; TypeScript's library doesn't have it yet (ES2026). */
const rawJson = Reflect.get(JSON, 'rawJSON') as (text: string) => unknown;

/** One item of a page, as JSON of its own: no digit of a number is lost. */
export function itemBytes(item: Found, texts: NumberTexts | undefined): Uint8Array {
  if (texts === undefined) return Buffer.from(JSON.stringify(item.value));
  if (typeof item.value === 'number') return Buffer.from(numberText(item, texts));
  const written = JSON.stringify(item.value, function keepDigits(this: object, key, value) {
    const text = texts.get(this)?.get(key);
    return text === undefined ? value : rawJson(text);
  });
  return Buffer.from(written);
}
