import type { VerifyDeclaration } from '../../../core/config/verify-declaration.ts';
import { address } from './address.ts';
import { basic, bearer } from './credentials.ts';
import { github, hmac, shopify, slack } from './hmac.ts';
import { mutualTls } from './mutual-tls.ts';
import { standardWebhooks } from './standard-webhooks.ts';
import { stripe } from './stripe.ts';
import type { Check, Verifier } from './verdict.ts';

/**
 * One verifier for all checks of a webhook, in their order; the first that does not hold is the one that is told.
 * Made once: keys are prepared here. For declarations that the check at start has let through.
 */
export function verifierOf(checks: readonly VerifyDeclaration[]): Verifier {
  const all = checks.map(toCheck);
  const wwwAuthenticate = wwwAuthenticateOf(checks);
  return (request) => {
    for (const check of all) {
      const failure = check(request);
      if (failure !== undefined) return { ...failure, wwwAuthenticate };
    }
    return { ok: true };
  };
}

/** What of the checks needs no body: they hold for handshakes too, which nobody signs. */
export function connectionVerifierOf(checks: readonly VerifyDeclaration[]): Verifier {
  return verifierOf(checks.filter(({ scheme }) => scheme === 'address' || scheme === 'mutual-tls'));
}

function toCheck(declared: VerifyDeclaration): Check {
  switch (declared.scheme) {
    case 'standard-webhooks':
      return standardWebhooks(declared);
    case 'stripe':
      return stripe(declared);
    case 'github':
    case 'meta':
      return github(declared);
    case 'shopify':
      return shopify(declared);
    case 'slack':
      return slack(declared);
    case 'hmac':
      return hmac(declared);
    case 'bearer':
      return bearer(declared);
    case 'basic':
      return basic(declared);
    case 'mutual-tls':
      return mutualTls(declared);
    case 'address':
      return address(declared);
    case 'none':
      return () => undefined;
  }
}

/** What a sender without a proof is asked for. */
export function wwwAuthenticateOf(checks: readonly VerifyDeclaration[]): string {
  for (const check of checks) {
    if (check.scheme === 'basic') return 'Basic realm="webhooks", charset="UTF-8"';
    if (check.scheme === 'bearer' && check.header === undefined && check.query === undefined)
      return 'Bearer realm="webhooks"';
  }
  return 'Signature realm="webhooks"';
}
