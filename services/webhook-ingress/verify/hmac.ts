import type {
  GithubCheck,
  HmacCheck,
  MetaCheck,
  ShopifyCheck,
  SlackCheck,
} from '../../../core/config/verify-declaration.ts';
import { failure, missing, unreadableTime, wrongSignature } from './failures.ts';
import { hmacMatcher } from './hmac-matcher.ts';
import { oneValueOf } from './request-headers.ts';
import { secretBytes } from './secret-texts.ts';
import { parseSignedTime, refuseStale, type TimeUnit, toleranceMsOf } from './signed-time.ts';
import type { Check, Failure, WebhookRequest } from './verdict.ts';

/** https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries */
export const github = ({ secret }: GithubCheck | MetaCheck): Check =>
  hmac({ scheme: 'hmac', secret, header: 'X-Hub-Signature-256', prefix: 'sha256=' });

/** https://shopify.dev/docs/apps/build/webhooks/verify-deliveries */
export const shopify = ({ secret }: ShopifyCheck): Check =>
  hmac({ scheme: 'hmac', secret, header: 'X-Shopify-Hmac-Sha256', encoding: 'base64' });

/** https://docs.slack.dev/authentication/verifying-requests-from-slack */
export const slack = ({ secret, tolerance }: SlackCheck): Check =>
  hmac({
    scheme: 'hmac',
    secret,
    header: 'X-Slack-Signature',
    prefix: 'v0=',
    signed: 'v0:{timestamp}:{body}',
    timestamp: { header: 'X-Slack-Request-Timestamp' },
    ...(tolerance !== undefined && { tolerance }),
  });

/** One signature in one header; the others are settings of this. */
export function hmac(declared: HmacCheck): Check {
  const { header, prefix = '', encoding = 'hex', algorithm = 'sha256', timestamp } = declared;
  const isBySender = hmacMatcher(secretBytes(declared.secret), { algorithm, encoding });
  const [before = '', after = ''] = (declared.signed ?? '{body}').split('{body}');
  const toleranceMs = toleranceMsOf(declared.tolerance);
  const form = `${prefix}<${encoding} of the ${algorithm} HMAC>`;

  return (request) => {
    const value = oneValueOf(request.headers, header);
    if (typeof value === 'object') return value;
    if (value === undefined) return missing(header, form);
    if (!value.startsWith(prefix))
      return failure('signature-wrong', `${header} begins otherwise than expected: ${form}.`);
    const time = timestamp === undefined ? undefined : signedTime(request, timestamp);
    if (time !== undefined && 'ok' in time) return time;
    const fill = (text: string) => text.replace('{timestamp}', () => time?.text ?? '');
    const signed = [fill(before), request.rawBody, fill(after)];
    if (!isBySender(signed, [value.slice(prefix.length)])) return wrongSignature(header);
    return time === undefined ? undefined : refuseStale(time.ms, request.nowMs, toleranceMs);
  };
}

const unitExpected = {
  s: 'seconds since 1970',
  ms: 'milliseconds since 1970',
  rfc3339: 'a time as 2026-01-31T12:00:00Z',
} as const satisfies Record<TimeUnit, string>;

function signedTime(
  { headers }: WebhookRequest,
  { header, unit = 's' }: NonNullable<HmacCheck['timestamp']>,
): { readonly text: string; readonly ms: number } | Failure {
  const text = oneValueOf(headers, header);
  if (typeof text === 'object') return text;
  if (text === undefined)
    return failure(
      'signature-missing',
      `The header ${header} is missing; expected ${unitExpected[unit]}.`,
    );
  const ms = parseSignedTime(text, unit);
  return ms === undefined ? unreadableTime(header, unitExpected[unit]) : { text, ms };
}
