import type { IncomingHttpHeaders } from 'node:http';
import type { DeadLetterOutcome } from '../../../core/outcome.ts';
import { isRefusal, type Refusal, refuse } from '../refusal.ts';
import type { BodyKind } from './body-kind.ts';
import { eventDeliveryId, eventFault, toStructured } from './cloud-events.ts';
import { formToJson } from './form-to-json.ts';
import { elementsOf, isDeeperThan } from './scan-json.ts';

/** What goes to the source's format by itself. */
export interface Part {
  readonly payload: Uint8Array;
  /** As the sender declares it; absent: as the format has it. */
  readonly contentType?: string | undefined;
  /** Of a CloudEvent. */
  readonly deliveryId?: string | undefined;
  /** It is a dead letter before any format sees it. */
  readonly fault?: DeadLetterOutcome;
}

export interface Unpacked {
  readonly parts: Iterable<Part>;
  /** The body holds several, of which a bad one hurts only itself; else a body that can't be read is refused. */
  readonly isList: boolean;
}

export interface Body {
  readonly kind: BodyKind;
  readonly headers: IncomingHttpHeaders;
  /** Inflated. */
  readonly bytes: Buffer;
  readonly maxDepth: number;
}

const eventType = 'application/cloudevents+json';
const newline = 0x0a;

/** The payloads in a body. Pure; a list of lines is cut as it is asked for. */
export function unpack(body: Body): Unpacked | Refusal {
  const { kind, bytes, headers, maxDepth } = body;
  switch (kind) {
    case 'json':
      if (isDeeperThan(bytes, maxDepth)) return tooDeep(maxDepth);
      return one({ payload: bytes, contentType: headers['content-type'] });
    case 'bytes':
      return one({ payload: bytes, contentType: headers['content-type'] });
    case 'json-lines':
      return { parts: lines(bytes, maxDepth), isList: true };
    case 'form': {
      const json = formToJson(bytes);
      return isRefusal(json) ? json : one({ payload: json, contentType: 'application/json' });
    }
    case 'cloudevent':
      return structured(body);
    case 'cloudevent-in-headers': {
      const event = toStructured(headers, bytes);
      if (isRefusal(event)) return event;
      if (isDeeperThan(event.bytes, maxDepth)) return tooDeep(maxDepth);
      const { bytes: payload, deliveryId } = event;
      return one({ payload, contentType: eventType, deliveryId });
    }
    case 'cloudevents-batch':
      return batch(body);
  }
}

function one(part: Part): Unpacked {
  return { parts: [part], isList: false };
}

function structured({ bytes, maxDepth }: Body): Unpacked | Refusal {
  if (isDeeperThan(bytes, maxDepth)) return tooDeep(maxDepth);
  const event = parsed(bytes);
  if (event === undefined) return unreadable('A CloudEvent should be JSON; the body is not.');
  const fault = eventFault(event);
  if (fault) return fault;
  return one({ payload: bytes, contentType: eventType, deliveryId: eventDeliveryId(event) });
}

function batch({ bytes, maxDepth }: Body): Unpacked | Refusal {
  // The list is a level of its own.
  if (isDeeperThan(bytes, maxDepth + 1)) return tooDeep(maxDepth);
  const events = parsed(bytes);
  if (!Array.isArray(events))
    return unreadable('A batch of CloudEvents should be a JSON array; the body is not.');
  const parts = elementsOf(bytes).map((payload, index): Part => {
    const event: unknown = events[index];
    const fault = eventFault(event);
    const part = { payload, contentType: eventType, deliveryId: eventDeliveryId(event) };
    return fault ? { ...part, fault: notJson(fault.detail) } : part;
  });
  return { parts, isList: true };
}

/** Line by line (a blank one is none). */
function* lines(bytes: Buffer, maxDepth: number): Generator<Part> {
  for (let start = afterBlanks(bytes, 0); start < bytes.length; ) {
    const found = bytes.indexOf(newline, start);
    const end = found === -1 ? bytes.length : found;
    const payload = bytes.subarray(start, end);
    start = afterBlanks(bytes, end + 1);
    const contentType = 'application/json';
    if (isDeeperThan(payload, maxDepth))
      yield { payload, contentType, fault: notJson(depthSentence(maxDepth)) };
    else yield { payload, contentType };
  }
}

/** Where the next line begins that is not blank. In one go: there may be millions that are. */
function afterBlanks(bytes: Uint8Array, from: number): number {
  let start = from;
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte > 0x20) return start;
    if (byte === newline) start = at + 1;
  }
  return bytes.length;
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

const depthSentence = (maxDepth: number) =>
  `Arrays and objects should stand at most ${maxDepth} deep in each other; they stand deeper.`;
const tooDeep = (maxDepth: number) => unreadable(depthSentence(maxDepth));
const unreadable = (detail: string) => refuse('delivery-unreadable', detail);
const notJson = (detail: string): DeadLetterOutcome => ({
  kind: 'deadLetter',
  reason: 'payload-not-json',
  detail,
});
