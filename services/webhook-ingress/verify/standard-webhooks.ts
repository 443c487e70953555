import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { parseStandardKey, type StandardKey } from '../../../core/config/standard-key.ts';
import type { StandardWebhooksCheck } from '../../../core/config/verify-declaration.ts';
import { failure, missing, unreadableTime, wrongSignature } from './failures.ts';
import { hmacMatcher, type SignedParts } from './hmac-matcher.ts';
import { oneValueOf } from './request-headers.ts';
import { secretTexts } from './secret-texts.ts';
import { parseSignedTime, refuseStale, toleranceMsOf } from './signed-time.ts';
import type { Check } from './verdict.ts';

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md: v1 and v1a. */
export function standardWebhooks(declared: StandardWebhooksCheck): Check {
  const toleranceMs = toleranceMsOf(declared.tolerance);
  const prefix = declared.headers ?? 'webhook';
  const name = {
    id: `${prefix}-id`,
    time: `${prefix}-timestamp`,
    signature: `${prefix}-signature`,
  };
  const keys = secretTexts(declared.secret)
    .map(parseStandardKey)
    .filter((key) => key !== undefined);
  const isByHmac = hmacMatcher(bytesOf(keys, 'hmac'), { algorithm: 'sha256', encoding: 'base64' });
  const isByEd25519 = ed25519Matcher(bytesOf(keys, 'ed25519'));

  return ({ headers, rawBody, nowMs }) => {
    const id = oneValueOf(headers, name.id);
    const time = oneValueOf(headers, name.time);
    const signature = oneValueOf(headers, name.signature);
    for (const value of [id, time, signature]) if (typeof value === 'object') return value;
    if (typeof id !== 'string') return missing(name.id, 'the id of the message');
    if (typeof time !== 'string') return missing(name.time, 'seconds since 1970');
    if (typeof signature !== 'string')
      return missing(name.signature, 'v1,<base64> or v1a,<base64>');
    if (!isUnambiguousId(id))
      return failure(
        'signature-wrong',
        `The id in ${name.id} cannot be told from the time that is signed after it; expected up to 256 visible ASCII characters, and no digits alone after a full stop.`,
      );
    const signedMs = parseSignedTime(time, 's');
    if (signedMs === undefined) return unreadableTime(name.time, 'seconds since 1970');
    const signed = [`${id}.${time}.`, rawBody];
    const isBySender =
      isByHmac(signed, ofVersion(signature, 'v1')) ||
      isByEd25519(signed, ofVersion(signature, 'v1a'));
    return isBySender ? refuseStale(signedMs, nowMs, toleranceMs) : wrongSignature(name.signature);
  };
}

/**
 * Id, time and body are signed with full stops between. Of `a.5.6.x` both `a` at 5 and `a.5` at 6 would be readings:
 * a captured delivery would be another one.
 */
function isUnambiguousId(id: string): boolean {
  return /^[\x21-\x7e]{1,256}$/.test(id) && !/\.\d+(\.|$)/.test(id);
}

const bytesOf = (keys: readonly StandardKey[], kind: StandardKey['kind']) =>
  keys.filter((key) => key.kind === kind).map(({ bytes }) => bytes);

/** `v1,<signature> v1a,<signature> ...`; versions that are not ours are passed over. */
function ofVersion(header: string, version: string): readonly string[] {
  const start = `${version},`;
  return header
    .split(' ')
    .filter((one) => one.startsWith(start))
    .map((one) => one.slice(start.length));
}

/** Each costs a tenth of a millisecond with each key, and a stranger may send as many as a header holds. */
const mostEd25519Signatures = 4;

// SubjectPublicKeyInfo of an Ed25519 key up to the key itself (RFC 8410, 4).
const spkiStart = Buffer.from('302a300506032b6570032100', 'hex');

function ed25519Matcher(
  publicKeys: readonly Uint8Array[],
): (signed: SignedParts, signatures: readonly string[]) => boolean {
  const keys: readonly KeyObject[] = publicKeys.map((key) =>
    createPublicKey({ key: Buffer.concat([spkiStart, key]), format: 'der', type: 'spki' }),
  );
  return (signed, signatures) => {
    if (keys.length === 0 || signatures.length === 0) return false;
    const bytes = Buffer.concat(signed.map((part) => Buffer.from(part as Uint8Array)));
    return signatures
      .slice(0, mostEd25519Signatures)
      .map(ed25519Signature)
      .some((one) => one !== undefined && keys.some((key) => verify(null, bytes, key, one)));
  };
}

/** 64 bytes, in the one base64 text that they have. */
function ed25519Signature(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === 64 && bytes.toString('base64') === text ? bytes : undefined;
}
