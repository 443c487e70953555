import type { PollAuth } from '../../core/config/poll-declaration.ts';
import { secretText } from '../../core/config/secret.ts';
import type { PollRequest } from './bounded-fetch.ts';
import type { SourcePlan } from './source-plan.ts';

/** The request with its credentials; only for the configured host. `token`: of OAuth2. Pure. */
export function authorize(plan: SourcePlan, request: PollRequest, token?: string): PollRequest {
  const { auth } = plan.declaration;
  if (auth === undefined || request.url.host !== plan.url.host) return request;
  if (auth.type === 'apiKey' && 'query' in auth && auth.query !== undefined) {
    const url = new URL(request.url);
    url.searchParams.set(auth.query, secretText(auth.token));
    return { ...request, url };
  }
  const [name, text] = headerOf(auth, token);
  return { ...request, headers: { ...request.headers, [name]: text } };
}

function headerOf(auth: PollAuth, token: string | undefined): [name: string, text: string] {
  switch (auth.type) {
    case 'bearer':
      return ['authorization', `Bearer ${secretText(auth.token)}`];
    case 'basic': {
      const pair = `${secretText(auth.username)}:${secretText(auth.password)}`;
      return ['authorization', `Basic ${Buffer.from(pair).toString('base64')}`];
    }
    case 'apiKey':
      return ['header' in auth ? auth.header.toLowerCase() : '', secretText(auth.token)];
    case 'oauth2':
      return ['authorization', `Bearer ${token ?? ''}`];
  }
}

/** An address of the provider's as it may be kept: some repeat the key of the query in the next page's. */
export function withoutKey(plan: SourcePlan, address: URL): URL {
  const { auth } = plan.declaration;
  if (auth?.type !== 'apiKey' || !('query' in auth) || auth.query === undefined) return address;
  const url = new URL(address);
  url.searchParams.delete(auth.query);
  return url;
}
