/** Texts as one, each behind its length: `3:abc`. They may hold anything. */
export function packTexts(texts: readonly string[]): string {
  let packed = '';
  for (const text of texts) packed += `${text.length}:${text}`;
  return packed;
}

/** The inverse of {@link packTexts}. */
export function unpackTexts(packed: string): string[] {
  const texts: string[] = [];
  let position = 0;
  while (position < packed.length) {
    const colon = packed.indexOf(':', position);
    const end = colon + 1 + Number(packed.slice(position, colon));
    texts.push(packed.slice(colon + 1, end));
    position = end;
  }
  return texts;
}
