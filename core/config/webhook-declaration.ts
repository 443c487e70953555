import { compile } from 'json-p3';
import { z } from 'zod';
import { oneOrSeveral } from './one-or-several.ts';
import { aTextThat, exactly, headerName, span } from './schema-parts.ts';
import { parseSizeBytes } from './span.ts';
import type { VerifyDeclaration } from './verify-declaration.ts';
import { verifySchema } from './verify-schema.ts';

/** A source that is sent to `POST /webhooks/<name of the source>`. Spans as `5m`, sizes as `1MB`. */
export interface WebhookDeclaration {
  /** How a sender proves itself; of several, all must hold. */
  readonly verify: VerifyDeclaration | readonly VerifyDeclaration[];
  /** Where the sender's id of a delivery stands; the scheme's own place when absent, where it has one. */
  readonly deliveryId?: DeliveryIdDeclaration;
  /** How long the sender may repeat a delivery and have it recognised by its id; `7d` when absent. */
  readonly dedupe?: string;
  /** A larger body is refused (413); `1MB` when absent, `32MB` at most. */
  readonly maxBytes?: string;
  /** Of a compressed body, when it is inflated; `10MB` when absent, `32MB` at most. */
  readonly maxInflatedBytes?: string;
  /** How deep arrays and objects of a JSON body may stand in each other; 64 when absent. */
  readonly maxDepth?: number;
  /** Deliveries beyond it are refused for the moment (429). Absent: no limit. `burst` is `perSecond` when absent. */
  readonly rate?: { readonly perSecond: number; readonly burst?: number };
  /** Senders whose CloudEvents validation request (`OPTIONS`) is answered: their host names, or `*` for any. */
  readonly allowedOrigins?: readonly string[];
}

/**
 * A header, several headers that make an id only together, a path in the JSON body (RFC 9535), or `none`: repeats
 * are then recognised by what the readings hold.
 */
export type DeliveryIdDeclaration =
  | { readonly header: string | readonly string[] }
  | { readonly path: string }
  | 'none';

const deliveryId = z.unknown().superRefine((value, context) => {
  if (value === 'none') return;
  const isObject = typeof value === 'object' && value !== null;
  const { error } = (isObject && 'path' in value ? idInBody : idInHeader).safeParse(value);
  for (const { message, path } of error?.issues ?? [])
    context.addIssue({ code: 'custom', message, path: [...path] });
});

const idExpected = "{ header: 'X-Delivery-Id' }, { path: '$.id' } or 'none'";
const idInHeader = exactly({ header: oneOrSeveral(headerName, 'header') }, idExpected);
const idInBody = exactly({ path: aTextThat('a path such as $.id', isSingularPath) }, idExpected);

function isSingularPath(text: string): boolean {
  try {
    return compile(text).singularQuery();
  } catch {
    return false;
  }
}

const wholeFrom1 = { error: 'a whole number from 1' };
const aCount = z.int(wholeFrom1).min(1, wholeFrom1);
const aRate = z.number({ error: 'a number above 0' }).positive({ error: 'a number above 0' });
const depth = { error: 'a whole number from 1 to 1000' };
/** As it comes and inflated it has room in the 64 MB that the ingress holds: else it would be refused for ever. */
const mostBytes = 32e6;
const bodySize = aTextThat(
  'a size such as 500KB or 10MB, 32MB at most',
  (text) => (parseSizeBytes(text) ?? Number.POSITIVE_INFINITY) <= mostBytes,
);
const origin = aTextThat("a sender's host name, or *", (text) =>
  /^(\*|[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*)$/.test(text),
);

export const webhookSchema = exactly({
  verify: verifySchema,
  deliveryId: deliveryId.optional(),
  dedupe: span.optional(),
  maxBytes: bodySize.optional(),
  maxInflatedBytes: bodySize.optional(),
  maxDepth: z.int(depth).min(1, depth).max(1000, depth).optional(),
  rate: exactly({ perSecond: aRate, burst: aCount.optional() }).optional(),
  allowedOrigins: z
    .array(origin, { error: 'a list of host names, or *' })
    .min(1, { error: 'at least one host name' })
    .optional(),
});
