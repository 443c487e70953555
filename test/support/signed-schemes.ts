import { createHmac } from 'node:crypto';
import type { VerifyDeclaration } from '../../core/config/verify-declaration.ts';
import {
  githubHeaders,
  shopifyHeaders,
  slackHeaders,
  standardEd25519Headers,
  standardHeaders,
  stripeHeaders,
} from './sign-webhook.ts';

export interface SignedScheme {
  readonly name: string;
  readonly declaration: VerifyDeclaration;
  readonly sign: (body: Uint8Array, atMs: number) => Readonly<Record<string, string>>;
  readonly signatureHeader: string;
  /** Absent: the scheme signs no time, or it stands in the header of the signature. */
  readonly timeHeader?: string;
  readonly isTimed: boolean;
}

const secret = 'a secret of the sender';
const standardSecret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const seed = 'VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk=';
const publicKey = 'whpk_ZlN4eg7dSSqi0moX9hQUk3orrOouK3QVQSlJa248c/g=';

/** Every scheme that signs the body. */
export const signedSchemes: readonly SignedScheme[] = [
  {
    name: 'standard-webhooks v1',
    declaration: { scheme: 'standard-webhooks', secret: standardSecret },
    sign: (body, atMs) => standardHeaders({ secret: standardSecret, body, atMs }),
    signatureHeader: 'webhook-signature',
    timeHeader: 'webhook-timestamp',
    isTimed: true,
  },
  {
    name: 'standard-webhooks v1a',
    declaration: { scheme: 'standard-webhooks', secret: publicKey },
    sign: (body, atMs) => standardEd25519Headers(seed, { body, atMs }),
    signatureHeader: 'webhook-signature',
    timeHeader: 'webhook-timestamp',
    isTimed: true,
  },
  {
    name: 'stripe',
    declaration: { scheme: 'stripe', secret },
    sign: (body, atMs) => stripeHeaders({ secret, body, atMs }),
    signatureHeader: 'stripe-signature',
    isTimed: true,
  },
  {
    name: 'github',
    declaration: { scheme: 'github', secret },
    sign: (body, atMs) => githubHeaders({ secret, body, atMs }),
    signatureHeader: 'x-hub-signature-256',
    isTimed: false,
  },
  {
    name: 'meta',
    declaration: { scheme: 'meta', secret, verifyToken: 'verify-me' },
    sign: (body, atMs) => githubHeaders({ secret, body, atMs }),
    signatureHeader: 'x-hub-signature-256',
    isTimed: false,
  },
  {
    name: 'shopify',
    declaration: { scheme: 'shopify', secret },
    sign: (body, atMs) => shopifyHeaders({ secret, body, atMs }),
    signatureHeader: 'x-shopify-hmac-sha256',
    isTimed: false,
  },
  {
    name: 'slack',
    declaration: { scheme: 'slack', secret },
    sign: (body, atMs) => slackHeaders({ secret, body, atMs }),
    signatureHeader: 'x-slack-signature',
    timeHeader: 'x-slack-request-timestamp',
    isTimed: true,
  },
  {
    name: 'hmac, sha512 in base64url, with a time in RFC 3339',
    declaration: {
      scheme: 'hmac',
      secret,
      header: 'X-Sig',
      algorithm: 'sha512',
      encoding: 'base64url',
      signed: '{body}|{timestamp}',
      timestamp: { header: 'X-Time', unit: 'rfc3339' },
    },
    sign: (body, atMs) => {
      const time = new Date(atMs).toISOString();
      const hmac = createHmac('sha512', secret).update(body).update(`|${time}`);
      return { 'x-time': time, 'x-sig': hmac.digest('base64url') };
    },
    signatureHeader: 'x-sig',
    timeHeader: 'x-time',
    isTimed: true,
  },
  {
    name: 'hmac, sha1 in hex, the body alone',
    declaration: { scheme: 'hmac', secret, header: 'X-Sig', algorithm: 'sha1', prefix: 'sha1=' },
    sign: (body) => ({
      'x-sig': `sha1=${createHmac('sha1', secret).update(body).digest('hex')}`,
    }),
    signatureHeader: 'x-sig',
    isTimed: false,
  },
];
