import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';

export type HmacEncoding = 'hex' | 'base64' | 'base64url';

/** What is signed, in pieces, so that a body is not copied. */
export type SignedParts = readonly (string | Uint8Array)[];

/** A header of 16 KiB could hold hundreds, each to be compared with each secret. */
const mostSignatures = 20;

export interface HmacKind {
  readonly algorithm: string;
  readonly encoding: HmacEncoding;
}

/**
 * Whether one of these signatures is that of one of the secrets. The texts are compared, not what they decode to:
 * a decoder that is lenient would let several texts pass for one signature. In constant time for each.
 */
export function hmacMatcher(
  secrets: readonly Uint8Array[],
  { algorithm, encoding }: HmacKind,
): (signed: SignedParts, signatures: readonly string[]) => boolean {
  const keys = secrets.map((secret) => createSecretKey(secret));
  return (signed, signatures) => {
    const came = signatures.slice(0, mostSignatures).map((one) => Buffer.from(one));
    let found = false;
    for (const key of keys) {
      const hmac = createHmac(algorithm, key);
      for (const part of signed) hmac.update(part);
      const expected = Buffer.from(hmac.digest(encoding));
      for (const one of came)
        found = (one.length === expected.length && timingSafeEqual(one, expected)) || found;
    }
    return found;
  };
}
