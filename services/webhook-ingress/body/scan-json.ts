const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;

/**
 * Whether arrays and objects stand deeper in each other than `maxDepth`. Of bytes that are no JSON it says something
 * too; what is read after it can't be deeper than it says.
 */
export function isDeeperThan(bytes: Uint8Array, maxDepth: number): boolean {
  // Each level takes a byte to open.
  if (bytes.length <= maxDepth) return false;
  let depth = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === quote) at = endOfString(bytes, at);
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > maxDepth) return true;
    } else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return false;
}

/** The bytes of each element of a JSON array, which `bytes` must be: numbers keep every digit that the sender gave. */
export function elementsOf(bytes: Uint8Array): Uint8Array[] {
  const elements: Uint8Array[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === quote) at = endOfString(bytes, at);
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth === 1) start = at + 1;
    } else if (byte === 0x7d || byte === 0x5d) {
      if (--depth === 0) add(bytes.subarray(start, at));
    } else if (byte === comma && depth === 1) {
      add(bytes.subarray(start, at));
      start = at + 1;
    }
  }
  return elements;

  function add(element: Uint8Array): void {
    // An empty array has one slice, of white space.
    if (element.some((byte) => byte > 0x20)) elements.push(element);
  }
}

/** The place of the quote that ends the string which begins at `start`; the end of all when none does. */
function endOfString(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  for (; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === backslash) at++;
    else if (byte === quote) return at;
  }
  return at;
}
