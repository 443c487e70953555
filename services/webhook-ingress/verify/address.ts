import { cidrMatcher, isAddress } from '../../../core/config/cidr.ts';
import type { AddressCheck } from '../../../core/config/verify-declaration.ts';
import { failure } from './failures.ts';
import { valuesOf } from './request-headers.ts';
import type { Check, WebhookRequest } from './verdict.ts';

/** The address of the connection, or what the outermost of our own proxies says that it was to it. */
export function address({ allow, proxies = 0 }: AddressCheck): Check {
  const isAllowed = cidrMatcher(allow);
  return (request) => {
    const came = clientAddress(request, proxies);
    if (came === undefined)
      return failure(
        'address-refused',
        proxies === 0
          ? 'The address of the connection is not known.'
          : `Expected ${proxies === 1 ? 'an address' : `${proxies} addresses`} in X-Forwarded-For, by as many proxies as are declared.`,
      );
    return isAllowed(came)
      ? undefined
      : failure('address-refused', `The address ${came} is not among those allowed.`);
  };
}

/**
 * Each proxy adds at the right whom it was called by; what stands further left the caller may have written itself.
 */
function clientAddress(
  { headers, remoteAddress }: WebhookRequest,
  proxies: number,
): string | undefined {
  if (proxies === 0) return plainAddress(remoteAddress ?? '');
  const chain = valuesOf(headers, 'X-Forwarded-For').flatMap((value) => value.split(','));
  return plainAddress(chain.at(-proxies)?.trim() ?? '');
}

/** Without port, brackets and zone. */
function plainAddress(text: string): string | undefined {
  const bare =
    /^\[([^[\]]*)\](?::\d{1,5})?$/.exec(text)?.[1] ?? text.replace(/^([\d.]+):\d{1,5}$/, '$1');
  const plain = bare.replace(/%.*$/, '');
  return isAddress(plain) ? plain : undefined;
}
