/** A key of Standard Webhooks: of the sender and us alone, or the sender's public one. */
export type StandardKey =
  | { readonly kind: 'hmac'; readonly bytes: Buffer }
  | { readonly kind: 'ed25519'; readonly bytes: Buffer };

const ed25519Bytes = 32;

/** `whsec_<base64>` or the base64 alone; `whpk_<base64>`. Undefined when it is none of them. */
export function parseStandardKey(text: string): StandardKey | undefined {
  const isPublic = text.startsWith('whpk_');
  const bytes = fromBase64(text.replace(/^(whsec_|whpk_)/, ''));
  if (bytes === undefined) return undefined;
  if (!isPublic) return { kind: 'hmac', bytes };
  return bytes.length === ed25519Bytes ? { kind: 'ed25519', bytes } : undefined;
}

/** Node skips what is no base64; here it must be, and more than nothing. */
function fromBase64(text: string): Buffer | undefined {
  const digits = text.replace(/={1,2}$/, '');
  const bytes = Buffer.from(digits, 'base64');
  const isWhole = bytes.toString('base64').replace(/=+$/, '') === digits;
  return isWhole && bytes.length > 0 ? bytes : undefined;
}
