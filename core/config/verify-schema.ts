import { z } from 'zod';
import { cidrExpected, parseCidr } from './cidr.ts';
import { hmacSchema } from './hmac-schema.ts';
import { oneOrSeveral } from './one-or-several.ts';
import { aTextThat, exactly, headerName, span } from './schema-parts.ts';
import { secretSchema, secretText } from './secret.ts';
import { parseStandardKey } from './standard-key.ts';

const secrets = oneOrSeveral(secretSchema, 'secret');
const tolerance = span.optional();

const standardKeys = oneOrSeveral(
  secretSchema.refine((given) => parseStandardKey(secretText(given)) !== undefined, {
    error: 'whsec_ and base64 (HMAC), or whpk_ and 32 bytes in base64 (Ed25519)',
  }),
  'secret',
);

// What a header's value can carry in every server.
const tokens = oneOrSeveral(
  secretSchema.refine((given) => /^[\x21-\x7e]+$/.test(secretText(given)), {
    error: 'printable ASCII characters without blanks',
  }),
  'token',
);

const atLeastOne = (one: z.ZodType, expected: string) =>
  z.array(one, { error: expected }).min(1, { error: `${expected} with at least one` });

// RFC 7617, 2: a user id can't hold a colon.
const user = exactly({
  username: aTextThat('a name without a colon', (text) => text !== '' && !text.includes(':')),
  password: secretSchema,
});

const certificateName = aTextThat(
  'a name as CN=gateway-7, DNS:gateway-7.example, URI:spiffe://example/gateway or email:it@example',
  (text) => /^(CN=|DNS:|URI:|email:)[^",]+$/.test(text),
);

const fingerprint = aTextThat(
  'a SHA-256 fingerprint: 64 hex digits, with or without colons',
  (text) => /^([0-9a-f]{64}|[0-9a-f]{2}(:[0-9a-f]{2}){31})$/i.test(text),
);

const proxyCount = { error: 'a whole number from 0 to 10' };

const scheme = z.discriminatedUnion(
  'scheme',
  [
    exactly({
      scheme: z.literal('standard-webhooks'),
      secret: standardKeys,
      headers: z.enum(['webhook', 'svix'], { error: 'webhook or svix' }).optional(),
      tolerance,
    }),
    exactly({ scheme: z.literal('stripe'), secret: secrets, tolerance }),
    exactly({ scheme: z.literal('github'), secret: secrets }),
    exactly({ scheme: z.literal('meta'), secret: secrets, verifyToken: tokens }),
    exactly({ scheme: z.literal('shopify'), secret: secrets }),
    exactly({ scheme: z.literal('slack'), secret: secrets, tolerance }),
    hmacSchema(secrets),
    exactly({
      scheme: z.literal('bearer'),
      token: tokens,
      header: headerName.optional(),
      query: aTextThat('the name of a parameter, as access_token', (text) =>
        /^[\w.~-]+$/.test(text),
      ).optional(),
    }).refine(({ header, query }) => header === undefined || query === undefined, {
      path: ['query'],
      error: 'it absent where there is a header',
    }),
    exactly({
      scheme: z.literal('basic'),
      users: atLeastOne(user, 'a list of { username, password }'),
    }),
    exactly({
      scheme: z.literal('mutual-tls'),
      names: atLeastOne(certificateName, 'a list of names').optional(),
      fingerprints: atLeastOne(fingerprint, 'a list of fingerprints').optional(),
    }),
    exactly({
      scheme: z.literal('address'),
      allow: atLeastOne(
        aTextThat(cidrExpected, (text) => parseCidr(text) !== undefined),
        'a list of addresses and ranges',
      ),
      proxies: z.int(proxyCount).min(0, proxyCount).max(10, proxyCount).optional(),
    }),
    exactly({ scheme: z.literal('none') }),
  ],
  {
    error:
      "how the sender proves itself: { scheme: 'standard-webhooks' | 'stripe' | 'github' | 'meta' | 'shopify' | 'slack' | 'hmac' | 'bearer' | 'basic' | 'mutual-tls' | 'address' | 'none', ... }",
  },
);

/** One scheme, or several that must all hold. */
export const verifySchema = oneOrSeveral(scheme, 'scheme').refine(
  (value) =>
    !(Array.isArray(value) && value.length > 1 && value.some((one) => one?.scheme === 'none')),
  { error: 'no other scheme beside none' },
);
