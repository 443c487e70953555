import { sizeBytesOr, spanMsOr } from './span.ts';
import type { VerifyDeclaration } from './verify-declaration.ts';
import type { DeliveryIdDeclaration, WebhookDeclaration } from './webhook-declaration.ts';

/** A webhook as the ingress works by it: one kind of place for everything, defaults filled in. */
export interface WebhookPlan {
  /** All must hold. */
  readonly checks: readonly VerifyDeclaration[];
  /** Undefined: its deliveries have no id. */
  readonly deliveryId: DeliveryIdPlace | undefined;
  readonly dedupeMs: number;
  readonly maxBytes: number;
  /** Never below `maxBytes`. */
  readonly maxInflatedBytes: number;
  readonly maxDepth: number;
  /** Undefined: no limit. */
  readonly rate: { readonly perSecond: number; readonly burst: number } | undefined;
  /** Host names, or `*`; empty: no CloudEvents validation request is answered. */
  readonly allowedOrigins: readonly string[];
}

/** `header`: the values of these headers make the id together. */
export type DeliveryIdPlace =
  | { readonly in: 'headers'; readonly names: readonly string[] }
  | { readonly in: 'body'; readonly path: string };

const defaultDedupeMs = 7 * 86_400_000;
const defaultMaxBytes = 1e6;
const defaultMaxInflatedBytes = 10e6;
const defaultMaxDepth = 64;

/** Of a declaration that the check at start has let through. */
export function toWebhookPlan(declaration: WebhookDeclaration): WebhookPlan {
  const { verify, rate } = declaration;
  const checks = toList(verify);
  const maxBytes = sizeBytesOr(declaration.maxBytes, defaultMaxBytes);
  return {
    checks,
    deliveryId: deliveryIdPlace(declaration.deliveryId, checks),
    dedupeMs: spanMsOr(declaration.dedupe, defaultDedupeMs),
    maxBytes,
    maxInflatedBytes: Math.max(
      maxBytes,
      sizeBytesOr(declaration.maxInflatedBytes, defaultMaxInflatedBytes),
    ),
    maxDepth: declaration.maxDepth ?? defaultMaxDepth,
    rate: rate && { perSecond: rate.perSecond, burst: rate.burst ?? Math.ceil(rate.perSecond) },
    allowedOrigins: declaration.allowedOrigins ?? [],
  };
}

function deliveryIdPlace(
  declared: DeliveryIdDeclaration | undefined,
  checks: readonly VerifyDeclaration[],
): DeliveryIdPlace | undefined {
  if (declared === 'none') return undefined;
  if (declared === undefined) return checks.map(placeOfScheme).find((place) => place !== undefined);
  if ('path' in declared) return { in: 'body', path: declared.path };
  return { in: 'headers', names: toList(declared.header) };
}

const inHeader = (name: string): DeliveryIdPlace => ({ in: 'headers', names: [name] });

/** Where each sender puts what stays the same when it repeats a delivery. */
function placeOfScheme(check: VerifyDeclaration): DeliveryIdPlace | undefined {
  switch (check.scheme) {
    case 'standard-webhooks':
      return inHeader(`${check.headers ?? 'webhook'}-id`);
    case 'github':
      return inHeader('X-GitHub-Delivery');
    case 'shopify':
      // X-Shopify-Event-Id is the same for every topic of one event: alone it would take them for repeats.
      return inHeader('X-Shopify-Webhook-Id');
    case 'stripe':
      return { in: 'body', path: '$.id' };
    case 'slack':
      return { in: 'body', path: '$.event_id' };
    default:
      return undefined;
  }
}

/** One or several as a list. */
export function toList<T>(given: T | readonly T[]): readonly T[] {
  return Array.isArray(given) ? (given as readonly T[]) : [given as T];
}
