import type { DeliveryIdPlace } from '../../../core/config/webhook-plan.ts';
import { compileJsonPath } from '../../../formats/json/json-path.ts';
import { valuesOf } from './request-headers.ts';
import type { WebhookRequest } from './verdict.ts';

/** `body`: inflated. */
export interface IdentifiedDelivery {
  readonly headers: WebhookRequest['headers'];
  readonly body: Uint8Array;
}

/**
 * Reads the sender's id of a delivery: undefined where there is none, and then the delivery is one without an id.
 * Pure, and it never throws. A body is parsed when the id is in it.
 */
export function deliveryIdReader(
  place: DeliveryIdPlace | undefined,
): (delivery: IdentifiedDelivery) => string | undefined {
  if (place === undefined) return () => undefined;
  if (place.in === 'headers') return ({ headers }) => idInHeaders(headers, place.names);
  const path = compileJsonPath(place.path);
  return ({ body }) => {
    const found = path.findIn(parseJson(body));
    return typeof found === 'object' ? idText(found.value) : undefined;
  };
}

function idInHeaders(
  headers: WebhookRequest['headers'],
  names: readonly string[],
): string | undefined {
  const values = names.map((name) => valuesOf(headers, name));
  // One that came twice names no delivery.
  if (values.some(({ length }) => length !== 1)) return undefined;
  const texts = values.map(([text]) => text ?? '');
  if (texts.includes('')) return undefined;
  // So that 'a/b' with 'c' is another than 'a' with 'b/c'.
  return texts.length === 1 ? texts[0] : JSON.stringify(texts);
}

function idText(value: unknown): string | undefined {
  if (typeof value === 'string') return value || undefined;
  return Number.isSafeInteger(value) ? String(value) : undefined;
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString());
  } catch {
    return undefined;
  }
}
