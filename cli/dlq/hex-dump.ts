const lineBytes = 16;

/** Sixteen bytes a line: where they begin, in hex, and those that are ASCII as text. */
export function hexDump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let start = 0; start < bytes.length; start += lineBytes) {
    const line = Buffer.from(bytes.subarray(start, start + lineBytes));
    const pairs = Array.from(line, (byte) => byte.toString(16).padStart(2, '0'));
    const hex = `${pairs.slice(0, 8).join(' ')}  ${pairs.slice(8).join(' ')}`;
    const text = line.toString('latin1').replace(/[^\x20-\x7e]/g, '.');
    lines.push(`${start.toString(16).padStart(8, '0')}  ${hex.padEnd(lineBytes * 3)}  |${text}|`);
  }
  return lines.join('\n');
}
