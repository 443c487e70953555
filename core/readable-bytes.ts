/** Text where the bytes are UTF-8, else base64. */
export function readableBytes(bytes: Uint8Array): { text: string } | { bytesBase64: string } {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { bytesBase64: Buffer.from(bytes).toString('base64') };
  }
}
