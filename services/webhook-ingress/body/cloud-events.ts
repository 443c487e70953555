/** CloudEvents 1.0.2: https://github.com/cloudevents/spec, its JSON format and its HTTP protocol binding. */
import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { type Refusal, refuse } from '../refusal.ts';
import { isJsonType, mediaOf } from './body-kind.ts';

const attributeName = /^[a-z0-9]{1,64}$/;
const required = ['id', 'source', 'type'] as const;

/** The id of an event, in all of its sources, if it has one: `source` and `id` together (3.1.1). */
export function eventDeliveryId(event: unknown): string | undefined {
  if (typeof event !== 'object' || event === null) return undefined;
  const { id, source } = event as { id?: unknown; source?: unknown };
  if (typeof id !== 'string' || typeof source !== 'string' || id === '') return undefined;
  // In such a way that no two pairs look alike, whatever is in them.
  return JSON.stringify([source, id]);
}

/** What an event in the structured mode lacks. */
export function eventFault(event: unknown): Refusal | undefined {
  if (typeof event !== 'object' || event === null || Array.isArray(event))
    return unreadable('A CloudEvent should be a JSON object; it is something else.');
  const given = event as Record<string, unknown>;
  if (given.specversion !== '1.0')
    return unreadable(
      `A CloudEvent should say specversion 1.0; it says ${JSON.stringify(given.specversion)?.slice(0, 40)}.`,
    );
  const missing = required.find((name) => typeof given[name] !== 'string' || given[name] === '');
  if (missing === undefined) return undefined;
  return unreadable(`A CloudEvent should have the attribute ${missing}, a text; it has none.`);
}

export interface StructuredEvent {
  readonly bytes: Buffer;
  readonly deliveryId: string | undefined;
}

/**
 * An event whose attributes came as headers (binary mode) as the JSON of the structured one, so that a dead letter holds
 * all of it. JSON data stands in it as it came, text as a text, other bytes as `data_base64` (JSON format, 3.1).
 */
export function toStructured(
  headers: IncomingHttpHeaders,
  body: Buffer,
): StructuredEvent | Refusal {
  const attributes: Record<string, string> = {};
  for (const [header, value] of Object.entries(headers)) {
    if (!header.startsWith('ce-') || typeof value !== 'string') continue;
    const name = header.slice(3);
    if (attributeName.test(name)) attributes[name] = decoded(value);
  }
  const contentType = headers['content-type'];
  if (contentType !== undefined) attributes.datacontenttype = contentType;
  const fault = eventFault(attributes);
  if (fault) return fault;
  const head = JSON.stringify(attributes).slice(0, -1);
  const data = dataMember(contentType, body);
  if ('problem' in data) return data;
  const bytes = Buffer.concat([Buffer.from(head), data, Buffer.from('}')]);
  return { bytes, deliveryId: eventDeliveryId(attributes) };
}

function dataMember(contentType: string | undefined, body: Buffer): Buffer | Refusal {
  if (body.length === 0) return Buffer.alloc(0);
  // No type is JSON (JSON format, 3.1): of bytes that are none there is another member.
  const media = contentType === undefined ? 'application/json' : mediaOf(contentType);
  if (isJsonType(media)) {
    try {
      JSON.parse(body.toString('utf8'));
    } catch {
      return unreadable(`The data of the CloudEvent should be ${media}; it can't be read as such.`);
    }
    return Buffer.concat([Buffer.from(',"data":'), body]);
  }
  const isText = media.startsWith('text/') || media.endsWith('+xml') || media === 'application/xml';
  // Text in another encoding would lose its letters.
  if (isText && isUtf8(body))
    return Buffer.from(`,"data":${JSON.stringify(body.toString('utf8'))}`);
  return Buffer.from(`,"data_base64":"${body.toString('base64')}"`);
}

/** HTTP binding, 3.1.3.2: what a header can't hold is percent-encoded UTF-8, and quotes may stand around the value. */
function decoded(value: string): string {
  const bare = value.replace(/^"(.*)"$/s, '$1');
  try {
    return decodeURIComponent(bare);
  } catch {
    return bare;
  }
}

const unreadable = (detail: string) => refuse('delivery-unreadable', detail);
