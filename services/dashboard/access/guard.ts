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
  if (hasSession(cookie, policy.token, nowMs)) return;
  const given = secretOf(authorization);
  if (given === undefined)
    throw new Problem(
      'token-missing',
      'Send the token as Authorization: Bearer ..., or exchange it for a cookie at POST /api/v1/session.',
    );
  if (!sameSecret(given, policy.token))
    throw new Problem('token-wrong', 'The token is not the one of MILLRACE_API_TOKEN.');
}

/** A bearer token; or a password, since clients of a schema registry send that. */
function secretOf(authorization: string | undefined): string | undefined {
  const [, scheme = '', value = ''] = /^(\w+) +(\S+)$/.exec(authorization ?? '') ?? [];
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const pair = Buffer.from(value, 'base64').toString('utf8');
  return pair.slice(pair.indexOf(':') + 1);
}
