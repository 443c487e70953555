import { authorize } from './authorize.ts';
import {
  boundedFetch,
  type FetchedAnswer,
  FetchFailure,
  type PollRequest,
  whereOf,
} from './bounded-fetch.ts';
import type { OAuthTokens } from './oauth-tokens.ts';
import { waitUntilMs } from './provider-limits.ts';
import type { SourcePlan } from './source-plan.ts';

/** What a request came to. `waitUntilMs`: the provider wants no other before. */
export type PageAnswer = { readonly waitUntilMs?: number | undefined } & (
  | { readonly kind: 'page'; readonly answer: FetchedAnswer }
  | { readonly kind: 'unchanged' }
  /** Too many requests: nobody's failure. */
  | { readonly kind: 'limited'; readonly sentence: string }
  | {
      readonly kind: 'failed';
      readonly sentence: string;
      /** The provider refuses this very request (4xx): the same again may be refused for ever. */
      readonly isRefused: boolean;
    }
);

export interface FetchPageParts {
  readonly tokens: OAuthTokens;
  /** Aborts when the service stops. */
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
}

/** Asks for a page. Rejects only when the service stops: whatever the provider does is an answer. */
export async function fetchPage(
  plan: SourcePlan,
  request: PollRequest,
  parts: FetchPageParts,
): Promise<PageAnswer> {
  try {
    const answer = await askSignedIn(plan, request, parts);
    return judge(request, answer, parts.nowMs());
  } catch (error) {
    if (!(error instanceof FetchFailure)) throw error;
    return { kind: 'failed', sentence: error.message, isRefused: error.isRefused };
  }
}

/** A token that is refused is renewed, once: it may have been withdrawn before its end. */
async function askSignedIn(
  plan: SourcePlan,
  request: PollRequest,
  { tokens, signal }: FetchPageParts,
): Promise<FetchedAnswer> {
  const { timeoutMs, maxBodyBytes, otherHosts } = plan;
  const bounds = { timeoutMs, maxBodyBytes, otherHosts, signal };
  const { auth } = plan.declaration;
  if (auth?.type !== 'oauth2') return boundedFetch(authorize(plan, request), bounds);
  const token = await tokens.token(auth, bounds);
  const answer = await boundedFetch(authorize(plan, request, token), bounds);
  if (answer.status !== 401) return answer;
  tokens.forget(auth, token);
  const renewed = await tokens.token(auth, bounds);
  return boundedFetch(authorize(plan, request, renewed), bounds);
}

function judge(request: PollRequest, answer: FetchedAnswer, nowMs: number): PageAnswer {
  const { headers, status } = answer;
  const until = waitUntilMs(headers, nowMs);
  const isConditional =
    'if-none-match' in request.headers || 'if-modified-since' in request.headers;
  if (status === 304 && isConditional) return { kind: 'unchanged', waitUntilMs: until };
  if (status >= 200 && status < 300) return { kind: 'page', answer, waitUntilMs: until };
  const sentence = `${whereOf(request.url)} answered ${status}${meaningOf(status)}.`;
  if (status === 429 || (status === 403 && until !== undefined))
    return { kind: 'limited', sentence, waitUntilMs: until };
  const isRefused = status >= 400 && status < 500 && status !== 408 && status !== 425;
  return { kind: 'failed', sentence, isRefused, waitUntilMs: until };
}

function meaningOf(status: number): string {
  switch (status) {
    case 401:
      return ': it does not take the credentials. Check auth';
    case 403:
      return ': these credentials may not read it';
    case 404:
      return ': there is nothing. Check url';
    default:
      return '';
  }
}
