import type { MetaCheck } from '../../../core/config/verify-declaration.ts';
import type { WebhookPlan } from '../../../core/config/webhook-plan.ts';
import { failure } from './failures.ts';
import { oneValueOf } from './request-headers.ts';
import { secretMatcher } from './secret-matcher.ts';
import { secretTexts } from './secret-texts.ts';
import type { Failure, Refusal, WebhookRequest } from './verdict.ts';
import { connectionVerifierOf, wwwAuthenticateOf } from './verifier-of.ts';

/** What a sender asks before it sends anything: to be answered, and no reading. */
export interface HandshakeAnswer {
  readonly ok: true;
  readonly status: 200 | 202;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON or plain text, as `content-type` says. */
  readonly body: string;
}

/** Undefined: no handshake. Pure, and it never throws. */
export type Handshake<A> = (request: WebhookRequest) => A | undefined;

export interface Handshakes {
  /** Methods beside POST that a webhook answers, for `Allow`. */
  readonly methods: readonly ('GET' | 'OPTIONS')[];
  /** GET and OPTIONS, which nobody signs: what of the checks is about the connection is asked here. */
  readonly beforeDelivery: Handshake<HandshakeAnswer | Refusal>;
  /** A POST whose signature has been checked. `rawBody`: inflated. */
  readonly inDelivery: Handshake<HandshakeAnswer | Refusal>;
}

export function handshakesOf(plan: WebhookPlan): Handshakes {
  const { checks, allowedOrigins } = plan;
  const meta = checks.find((check) => check.scheme === 'meta');
  const schemes = new Set(checks.map(({ scheme }) => scheme));
  const verifyConnection = connectionVerifierOf(checks);
  const isMetaToken = meta && secretMatcher(secretTexts((meta satisfies MetaCheck).verifyToken));
  return {
    methods: [
      ...(meta === undefined ? [] : (['GET'] as const)),
      ...(allowedOrigins.length === 0 ? [] : (['OPTIONS'] as const)),
    ],
    beforeDelivery: (request) => {
      const answer =
        request.method === 'GET' && isMetaToken !== undefined
          ? answerMeta(request, isMetaToken)
          : request.method === 'OPTIONS' && allowedOrigins.length > 0
            ? answerCloudEvents(request, plan)
            : undefined;
      if (answer === undefined) return undefined;
      const verdict = verifyConnection(request);
      if (!verdict.ok) return verdict;
      return answer.ok ? answer : { ...answer, wwwAuthenticate: wwwAuthenticateOf(checks) };
    },
    inDelivery: (request) =>
      schemes.has('github') && oneValueOf(request.headers, 'X-GitHub-Event') === 'ping'
        ? json(202, { accepted: 0 })
        : schemes.has('slack')
          ? answerSlack(request.rawBody)
          : undefined,
  };
}

/** https://developers.facebook.com/docs/graph-api/webhooks/getting-started#verification-requests */
function answerMeta(
  { path }: WebhookRequest,
  isToken: (came: string) => boolean,
): HandshakeAnswer | Failure {
  const query = new URLSearchParams(path.slice(path.indexOf('?') + 1));
  const challenge = query.get('hub.challenge') ?? '';
  if (query.get('hub.mode') !== 'subscribe' || !isChallenge(challenge))
    return failure(
      'credentials-missing',
      'Expected hub.mode=subscribe, hub.verify_token and hub.challenge in the address.',
    );
  return isToken(query.get('hub.verify_token') ?? '')
    ? plainText(challenge)
    : failure('credentials-wrong', 'hub.verify_token is none of those declared.');
}

/** https://docs.slack.dev/reference/events/url_verification */
function answerSlack(body: Uint8Array): HandshakeAnswer | undefined {
  // Most deliveries are no challenge, and are not parsed for it.
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (text.length > 4096 || !text.includes('url_verification')) return undefined;
  try {
    const { type, challenge } = JSON.parse(text.toString()) as Record<string, unknown>;
    return type === 'url_verification' && typeof challenge === 'string' && isChallenge(challenge)
      ? plainText(challenge)
      : undefined;
  } catch {
    return undefined;
  }
}

/** HTTP 1.1 Web Hooks for Event Delivery 1.0, 4: without the headers the sender has no consent. */
function answerCloudEvents(
  { headers }: WebhookRequest,
  { allowedOrigins, rate }: WebhookPlan,
): HandshakeAnswer | Failure | undefined {
  const origin = oneValueOf(headers, 'WebHook-Request-Origin');
  if (typeof origin === 'object') return origin;
  if (origin === undefined) return undefined;
  const isAllowed = allowedOrigins.some(
    (one) => one === '*' || one.toLowerCase() === origin.toLowerCase(),
  );
  if (!isAllowed)
    return failure('credentials-wrong', 'WebHook-Request-Origin is none of those declared.');
  return {
    ok: true,
    status: 200,
    headers: {
      allow: 'POST',
      'webhook-allowed-origin': allowedOrigins.includes('*') ? '*' : origin,
      // Requests a minute.
      'webhook-allowed-rate':
        rate === undefined ? '*' : String(Math.max(1, Math.floor(rate.perSecond * 60))),
    },
    body: '',
  };
}

/** It goes back as it came: nothing in it may be more than text. */
const isChallenge = (text: string) => /^[\x21-\x7e]{1,512}$/.test(text);

const plainText = (body: string): HandshakeAnswer => ({
  ok: true,
  status: 200,
  headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
  body,
});

const json = (status: 200 | 202, body: unknown): HandshakeAnswer => ({
  ok: true,
  status,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify(body),
});
