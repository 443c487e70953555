import { type Refusal, refuse } from '../refusal.ts';

/** How the bytes of a body become payloads. */
export type BodyKind =
  | 'json'
  | 'json-lines'
  | 'form'
  | 'cloudevent'
  | 'cloudevent-in-headers'
  | 'cloudevents-batch'
  | 'bytes';

export interface BodyHeaders {
  readonly 'content-type'?: string | undefined;
  readonly 'ce-specversion'?: string | string[] | undefined;
}

const jsonLines = new Set([
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/x-jsonl',
  'application/jsonlines',
  'application/x-jsonlines',
  'application/json-lines',
]);

/** What senders give who don't say what they send: what it is, the source's format says. */
const unsaid = new Set(['', 'text/plain', 'application/octet-stream', 'binary/octet-stream']);

/** Cached by what senders give, which is little; a sender that makes up others doesn't fill memory. */
const maxKnown = 500;

/** The kinds of the bodies of one source, whose format reads `formatType`. */
export class BodyKinds {
  readonly #formatType: string;
  readonly #known = new Map<string, BodyKind | Refusal>();

  constructor(formatType: string) {
    this.#formatType = mediaOf(formatType);
  }

  of(headers: BodyHeaders): BodyKind | Refusal {
    const { 'content-type': given = '' } = headers;
    // CloudEvents' HTTP binding, 3: the structured mode is told by the type, the binary one by this header.
    const inHeaders = headers['ce-specversion'] !== undefined;
    if (inHeaders && !given.toLowerCase().startsWith('application/cloudevents'))
      return 'cloudevent-in-headers';
    let kind = this.#known.get(given);
    if (kind === undefined) {
      kind = kindOf(given, this.#formatType);
      if (this.#known.size < maxKnown) this.#known.set(given, kind);
    }
    return kind;
  }
}

function kindOf(given: string, formatType: string): BodyKind | Refusal {
  const media = mediaOf(given);
  const charset = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(given)?.[1]?.toLowerCase();
  if (media === 'application/cloudevents+json') return 'cloudevent';
  if (media === 'application/cloudevents-batch+json') return 'cloudevents-batch';
  const ofFormat = unsaid.has(media) || isOfFormat(media, formatType);
  // SenML's other encoding is for the same format, and its bytes are no JSON whose depth could be told.
  const isSaidToBeJson = isJsonType(media) || (ofFormat && !media.endsWith('+cbor'));
  const isJson = isSaidToBeJson && isJsonType(formatType);
  const kind = jsonLines.has(media)
    ? 'json-lines'
    : media === 'application/x-www-form-urlencoded'
      ? 'form'
      : isJson
        ? 'json'
        : ofFormat || formatType === 'application/octet-stream'
          ? 'bytes'
          : undefined;
  if (kind === undefined) return unsupported(given, formatType);
  if (kind !== 'bytes' && charset !== undefined && !/^(utf-?8|us-ascii)$/.test(charset))
    return refuse(
      'type-unsupported',
      `Text should come in UTF-8; its content type says ${charset.slice(0, 40)}.`,
    );
  return kind;
}

function unsupported(given: string, formatType: string): Refusal {
  const taken = isJsonType(formatType)
    ? 'application/json, application/x-ndjson, application/x-www-form-urlencoded or CloudEvents (application/cloudevents+json)'
    : `${formatType} or CloudEvents (application/cloudevents+json)`;
  return refuse(
    'type-unsupported',
    `The content type should be ${taken}, as the format of this source reads; it is ${given.slice(0, 100)}.`,
  );
}

export function mediaOf(contentType: string): string {
  return (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
}

export function isJsonType(media: string): boolean {
  return media === 'application/json' || media === 'text/json' || media.endsWith('+json');
}

/** `application/senml+cbor` is for a format of `application/senml+json`, as `application/x-protobuf` for `application/protobuf`. */
function isOfFormat(media: string, formatType: string): boolean {
  const plain = (type: string) => type.replace(/\+[\w.-]+$/, '').replace('/x-', '/');
  return plain(media) === plain(formatType);
}
