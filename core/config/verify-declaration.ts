import type { SecretText } from './secret.ts';

/** One, or several while a sender changes from one to the next: each of them counts. */
export type Secrets = SecretText | readonly SecretText[];

/** How far a signed time may be from ours, either way, as `5m`; that is also the default. */
interface Timed {
  readonly tolerance?: string;
}

/** https://www.standardwebhooks.com: `whsec_...` (v1, HMAC) and `whpk_...` (v1a, the sender's public Ed25519 key). */
export interface StandardWebhooksCheck extends Timed {
  readonly scheme: 'standard-webhooks';
  readonly secret: Secrets;
  /** `svix` where the headers are `svix-id`, `svix-timestamp` and `svix-signature`; `webhook` when absent. */
  readonly headers?: 'webhook' | 'svix';
}

/** `Stripe-Signature: t=...,v1=...`. */
export interface StripeCheck extends Timed {
  readonly scheme: 'stripe';
  readonly secret: Secrets;
}

/** `X-Hub-Signature-256`. */
export interface GithubCheck {
  readonly scheme: 'github';
  readonly secret: Secrets;
}

/** As GitHub's, by the app's secret; `verifyToken` answers the `GET` with `hub.challenge` that sets the webhook up. */
export interface MetaCheck {
  readonly scheme: 'meta';
  readonly secret: Secrets;
  readonly verifyToken: Secrets;
}

/** `X-Shopify-Hmac-Sha256`. */
export interface ShopifyCheck {
  readonly scheme: 'shopify';
  readonly secret: Secrets;
}

/** `X-Slack-Signature: v0=...` over `v0:<timestamp>:<body>`. */
export interface SlackCheck extends Timed {
  readonly scheme: 'slack';
  readonly secret: Secrets;
}

/** Any other HMAC over the body, with or without a time. */
export interface HmacCheck extends Timed {
  readonly scheme: 'hmac';
  readonly secret: Secrets;
  /** Where the signature stands. */
  readonly header: string;
  /** `sha256` when absent. */
  readonly algorithm?: 'sha1' | 'sha256' | 'sha384' | 'sha512';
  /** `hex` (small letters) when absent. */
  readonly encoding?: 'hex' | 'base64' | 'base64url';
  /** Before the signature in its header, as `sha256=`. */
  readonly prefix?: string;
  /** What is signed: `{body}`, `{timestamp}` and any text around them. `{body}` when absent. */
  readonly signed?: string;
  /** Where the time of the signature stands; it must be in `signed`. */
  readonly timestamp?: { readonly header: string; readonly unit?: 's' | 'ms' | 'rfc3339' };
}

/** `Authorization: Bearer ...`. */
export interface BearerCheck {
  readonly scheme: 'bearer';
  readonly token: Secrets;
  /** The bare token stands in this header instead. */
  readonly header?: string;
  /** The token stands in this parameter of the address instead, for senders that can set nothing else. */
  readonly query?: string;
}

/** `Authorization: Basic ...`. */
export interface BasicCheck {
  readonly scheme: 'basic';
  readonly users: readonly { readonly username: string; readonly password: SecretText }[];
}

/** A client's certificate, signed by one of MILLRACE_WEBHOOK_TLS_CLIENT_CA. */
export interface MutualTlsCheck {
  readonly scheme: 'mutual-tls';
  /** One of these names: `CN=...` of the subject, or `DNS:...`, `URI:...`, `email:...` of the alternative names. */
  readonly names?: readonly string[];
  /** One of these SHA-256 fingerprints, in hex with or without colons. Neither: any certificate so signed. */
  readonly fingerprints?: readonly string[];
}

/** The sender's address. */
export interface AddressCheck {
  readonly scheme: 'address';
  /** Addresses or ranges, IPv4 or IPv6: `192.0.2.7`, `198.51.100.0/24`, `2001:db8::/32`. */
  readonly allow: readonly string[];
  /** How many proxies of yours are in front, each of which adds to `X-Forwarded-For`; 0 when absent. */
  readonly proxies?: number;
}

/** Nobody has to prove anything; on loopback, or with MILLRACE_TRUST_NETWORK. */
export interface NoCheck {
  readonly scheme: 'none';
}

export type VerifyDeclaration =
  | StandardWebhooksCheck
  | StripeCheck
  | GithubCheck
  | MetaCheck
  | ShopifyCheck
  | SlackCheck
  | HmacCheck
  | BearerCheck
  | BasicCheck
  | MutualTlsCheck
  | AddressCheck
  | NoCheck;
