/** CloudEvents 1.0.2, JSON format (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md). */
import type { DeadLetterOutcome } from '../../core/outcome.ts';
import { parseRfc3339 } from '../../core/time.ts';
import { deadLetter, describeJson } from '../json/part.ts';

export interface CloudEvent {
  readonly kind: 'event';
  /** `source` and `id` together name an event (3.1.1). */
  readonly id: string;
  readonly type: string;
  readonly observedAt: number | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly data:
    | { readonly kind: 'value'; readonly value: unknown }
    | { readonly kind: 'bytes'; readonly bytes: Uint8Array };
  readonly contentType: string | undefined;
  readonly place: string;
}

const required = ['id', 'source', 'type'] as const;
const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

export function readEvent(value: unknown, place: string): CloudEvent | DeadLetterOutcome {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return malformed('a CloudEvent', value, place);
  const event = value as Readonly<Record<string, unknown>>;
  const { specversion, id, source, type, time, datacontenttype } = event;
  if (specversion !== '1.0')
    return malformed('specversion "1.0"', specversion, `${place}.specversion`);
  const missing = required.find((name) => typeof event[name] !== 'string' || event[name] === '');
  if (missing !== undefined)
    return malformed(`the attribute ${missing}`, event[missing], `${place}.${missing}`);
  const observedAt = typeof time === 'string' ? parseRfc3339(time) : undefined;
  // 2.2: an attribute that is null is as if it were absent.
  if (observedAt === undefined && time !== undefined && time !== null)
    return deadLetter(
      'time-invalid',
      `Expected a time as RFC 3339 has it; came ${describeJson({ value: time })}.`,
      `${place}.time`,
    );
  const data = dataOf(event, place);
  if (data.kind === 'deadLetter') return data;
  const contentType = typeof datacontenttype === 'string' ? datacontenttype : undefined;
  return {
    kind: 'event',
    // A source is a URI reference, which has no blank: no two pairs look alike.
    id: `${source} ${id}`,
    type: `${type}`,
    observedAt,
    attributes: event,
    data,
    contentType,
    place,
  };
}

/** 3.1: `data` is a JSON value (of other media a text), `data_base64` bytes. */
function dataOf(
  event: Readonly<Record<string, unknown>>,
  place: string,
): CloudEvent['data'] | DeadLetterOutcome {
  const { data, data_base64: encoded } = event;
  if (encoded === undefined || encoded === null) return { kind: 'value', value: data ?? null };
  if (typeof encoded !== 'string' || !base64.test(encoded))
    return malformed('bytes in base64', encoded, `${place}.data_base64`);
  if (data !== undefined && data !== null)
    return malformed('data or data_base64', 'both', `${place}.data_base64`);
  return { kind: 'bytes', bytes: Buffer.from(encoded, 'base64') };
}

const malformed = (expected: string, value: unknown, place: string) =>
  deadLetter(
    'payload-malformed',
    `Expected ${expected}; came ${value === undefined ? 'nothing' : describeJson({ value })}.`,
    place,
  );
