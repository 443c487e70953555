import { secretText } from '../../../core/config/secret.ts';
import type { BasicCheck, BearerCheck } from '../../../core/config/verify-declaration.ts';
import { failure } from './failures.ts';
import { oneValueOf } from './request-headers.ts';
import { secretMatcher } from './secret-matcher.ts';
import { secretTexts } from './secret-texts.ts';
import type { Check, Failure, WebhookRequest } from './verdict.ts';

/** RFC 6750; or the token alone, in a header or in the address. */
export function bearer({ token, header, query }: BearerCheck): Check {
  const isKnown = secretMatcher(secretTexts(token));
  const place =
    header !== undefined
      ? `the header ${header}`
      : query !== undefined
        ? `the parameter ${query} of the address`
        : 'the header Authorization: Bearer';
  return (request) => {
    const came =
      header !== undefined
        ? oneValueOf(request.headers, header)
        : query !== undefined
          ? oneParameter(request, query)
          : authorization(request, 'bearer');
    if (typeof came === 'object') return came;
    if (came === undefined) return failure('credentials-missing', `Expected a token in ${place}.`);
    return isKnown(came)
      ? undefined
      : failure('credentials-wrong', `The token in ${place} is none of those declared.`);
  };
}

/** RFC 7617, with names and passwords in UTF-8. */
export function basic({ users }: BasicCheck): Check {
  const isKnown = secretMatcher(
    users.map(({ username, password }) =>
      Buffer.from(`${username}:${secretText(password)}`).toString('base64'),
    ),
  );
  return (request) => {
    const came = authorization(request, 'basic');
    if (typeof came === 'object') return came;
    if (came === undefined)
      return failure('credentials-missing', 'Expected the header Authorization: Basic.');
    return isKnown(came)
      ? undefined
      : failure('credentials-wrong', 'The user name or the password is wrong.');
  };
}

/** What follows the scheme's name, which may be in any case (RFC 9110, 11.1). */
function authorization(
  { headers }: WebhookRequest,
  scheme: 'basic' | 'bearer',
): string | undefined | Failure {
  const value = oneValueOf(headers, 'Authorization');
  if (typeof value !== 'string') return value;
  const start = `${scheme} `;
  return value.slice(0, start.length).toLowerCase() === start
    ? value.slice(start.length).trim() || undefined
    : undefined;
}

function oneParameter({ path }: WebhookRequest, name: string): string | undefined | Failure {
  const start = path.indexOf('?');
  if (start === -1) return undefined;
  const values = new URLSearchParams(path.slice(start)).getAll(name);
  if (values.length > 1)
    return failure(
      'header-repeated',
      `The parameter ${name} came ${values.length} times; expected once.`,
    );
  return values[0] || undefined;
}
