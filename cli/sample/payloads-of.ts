import type { SourceDeclaration } from '../../core/config/pipeline.ts';
import { parseSizeBytes } from '../../core/config/span.ts';
import type { DeadLetterOutcome } from '../../core/outcome.ts';
import { compileJsonPath } from '../../formats/json/json-path.ts';
import { parseJson } from '../../formats/json/json-text.ts';
import { itemBytes } from '../../services/poll-ingress/item-bytes.ts';
import { BodyKinds } from '../../services/webhook-ingress/body/body-kind.ts';
import { unpack } from '../../services/webhook-ingress/body/unpack.ts';
import { isRefusal } from '../../services/webhook-ingress/refusal.ts';

/** What goes to the format by itself, or is a fault before any format sees it. */
export interface SamplePart {
  readonly payload: Uint8Array;
  readonly contentType: string | undefined;
  readonly fault: DeadLetterOutcome | undefined;
}

/** What the way in makes of a body before the format sees it: a sentence when a delivery like it would be refused. */
export function payloadsOf(
  { webhook, poll, format }: SourceDeclaration,
  body: Buffer,
  contentType: string | undefined,
): readonly SamplePart[] | { readonly refused: string } {
  if (webhook !== undefined) {
    const headers = contentType === undefined ? {} : { 'content-type': contentType };
    const kind = new BodyKinds(format.contentType).of(headers);
    if (typeof kind !== 'string') return { refused: kind.detail };
    const unpacked = unpack({ kind, headers, bytes: body, maxDepth: webhook.maxDepth ?? 64 });
    if (isRefusal(unpacked)) return { refused: unpacked.detail };
    return [...unpacked.parts].map((part) => ({
      payload: part.payload,
      contentType: part.contentType,
      fault: part.fault,
    }));
  }
  if (poll?.items !== undefined) return itemsOf(body, poll.items);
  return [{ payload: body, contentType, fault: undefined }];
}

/** Of a payload that is decoded, where the way in allows another size than usual; polls take 16 MB by default. */
export function largestBytesOf({ webhook, poll }: SourceDeclaration): number | undefined {
  const size = webhook?.maxBytes ?? (poll === undefined ? undefined : (poll.maxBody ?? '16MB'));
  return size === undefined ? undefined : parseSizeBytes(size);
}

/** A page of a poll, as its items. */
function itemsOf(body: Buffer, path: string): readonly SamplePart[] {
  const part = { payload: body, contentType: 'application/json', fault: undefined };
  const json = parseJson(body, { withNumberTexts: true });
  if (json.kind === 'deadLetter') return [{ ...part, fault: json }];
  const items = compileJsonPath(path);
  const found = items.findAll(json.root);
  if (found.length > 0 || items.reachesInto(json.root))
    return found.map((item) => ({ ...part, payload: itemBytes(item, json.numberTexts) }));
  const detail = `Expected a page with items at ${path}; nothing is there.`;
  return [{ ...part, fault: { kind: 'deadLetter', reason: 'path-missing', detail, place: path } }];
}
