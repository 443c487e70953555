/**
 * Writes UTF-8 at `position`; returns where it ends. Short ASCII, which keys are, is quicker in a loop than by a call.
 */
export function writeKey(bytes: Buffer, key: string, position: number): number {
  const length = key.length;
  if (length > 64) return position + bytes.write(key, position, 'utf8');
  for (let index = 0; index < length; index++) {
    const unit = key.charCodeAt(index);
    if (unit > 0x7f) return position + bytes.write(key, position, 'utf8');
    bytes[position + index] = unit;
  }
  return position + length;
}
