import type { FastifyRequest } from 'fastify';
import { Problem } from '../api/problem.ts';
import { type AccessPolicy, foreignRequest, sameSecret } from './access-policy.ts';
import { hasSession } from './session-cookie.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Needs no token. */
    open?: boolean;
  }
}

/** Throws the problem that a request without the right to ask is answered with. */
export function guard(policy: AccessPolicy, request: FastifyRequest, nowMs: number): void {
  if (policy.kind !== 'token') {
    const { host, origin } = request.headers;
    const foreign = foreignRequest(policy.kind, { host, origin });
    if (foreign !== undefined) throw new Problem('origin-refused', foreign);
    return;
  }
  if (request.routeOptions.config?.open === true) return;
  const { authorization, cookie } = request.headers;
  if (hasSession(cookie, policy.token, nowMs)) {
    refuseForeignChange(request);
    return;
  }
  const given = secretOf(authorization);
  if (given === undefined)
    throw new Problem(
      'token-missing',
      'Send the token as Authorization: Bearer ..., or exchange it for a cookie at POST /api/v1/session.',
    );
  if (!sameSecret(given, policy.token))
    throw new Problem('token-wrong', 'The token is not the one of MILLRACE_API_TOKEN.');
}

/**
 * A browser sends its cookie also for a page of another port of the same host, which is the same site: such a page may
 * read nothing, but must not change anything either.
 */
function refuseForeignChange({ method, headers }: FastifyRequest): void {
  if (method === 'GET' || method === 'HEAD') return;
  const { host, origin } = headers;
  if (origin === undefined || origin === `http://${host}` || origin === `https://${host}`) return;
  throw new Problem(
    'origin-refused',
    `The Origin header of a request with a cookie should be that of the dashboard itself (http://${host}); it is ${JSON.stringify(origin)}. Other pages send the token.`,
  );
}

/** A bearer token; or a password, since clients of a schema registry send that. */
function secretOf(authorization: string | undefined): string | undefined {
  const [, scheme = '', value = ''] = /^(\w+) +(\S+)$/.exec(authorization ?? '') ?? [];
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const pair = Buffer.from(value, 'base64').toString('utf8');
  return pair.slice(pair.indexOf(':') + 1);
}
