import type { DeliveryIdPlace } from '../../../core/config/webhook-plan.ts';
import { compileJsonPath, type JsonPath, numberText } from '../../../formats/json/json-path.ts';
import { parseJson } from '../../../formats/json/json-text.ts';
import { valuesOf } from './request-headers.ts';
import type { WebhookRequest } from './verdict.ts';

/** `body`: as the source's format gets it; of several, all of it. */
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
    const found = findIn(path, body, false);
    if (typeof found?.value === 'string') return found.value || undefined;
    if (!Number.isInteger(found?.value)) return undefined;
    if (Number.isSafeInteger(found?.value)) return String(found?.value);
    // More digits than a double holds: several ids would be one.
    return findIn(path, body, true)?.text;
  };
}

function findIn(
  path: JsonPath,
  body: Uint8Array,
  withNumberTexts: boolean,
): { readonly value: unknown; readonly text: string } | undefined {
  const parsed = parseJson(body, { withNumberTexts });
  if (parsed.kind !== 'parsed') return undefined;
  const found = path.findIn(parsed.root);
  return typeof found === 'object'
    ? { value: found.value, text: numberText(found, parsed.numberTexts) }
    : undefined;
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
