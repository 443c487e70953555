import type { StripeCheck } from '../../../core/config/verify-declaration.ts';
import { failure, missing, unreadableTime, wrongSignature } from './failures.ts';
import { hmacMatcher } from './hmac-matcher.ts';
import { oneValueOf } from './request-headers.ts';
import { secretBytes } from './secret-texts.ts';
import { parseSignedTime, refuseStale, toleranceMsOf } from './signed-time.ts';
import type { Check } from './verdict.ts';

const header = 'Stripe-Signature';
const form = 't=<seconds since 1970>,v1=<64 hex digits>';

/** https://docs.stripe.com/webhooks/signature: `t=<seconds>,v1=<hex>,v1=...` over `<seconds>.<body>`. */
export function stripe(declared: StripeCheck): Check {
  const toleranceMs = toleranceMsOf(declared.tolerance);
  const isBySender = hmacMatcher(secretBytes(declared.secret), {
    algorithm: 'sha256',
    encoding: 'hex',
  });
  return ({ headers, rawBody, nowMs }) => {
    const value = oneValueOf(headers, header);
    if (typeof value === 'object') return value;
    if (value === undefined) return missing(header, form);
    const parts = value.split(',');
    const times = valuesOf(parts, 't=');
    const signatures = valuesOf(parts, 'v1=');
    const [time] = times;
    // Two times would be one to sign and one to be judged by.
    if (time === undefined || times.length > 1)
      return unreadableTime(header, `one t= in it, as ${form}`);
    if (signatures.length === 0)
      return failure('signature-missing', `${header} has no v1= in it; expected ${form}.`);
    const signedMs = parseSignedTime(time, 's');
    if (signedMs === undefined) return unreadableTime(header, `t=<seconds since 1970>, as ${form}`);
    return isBySender([`${time}.`, rawBody], signatures)
      ? refuseStale(signedMs, nowMs, toleranceMs)
      : wrongSignature(header);
  };
}

const valuesOf = (parts: readonly string[], start: string) =>
  parts.filter((part) => part.startsWith(start)).map((part) => part.slice(start.length));
