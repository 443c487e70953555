import { gunzipSync, inflateSync } from 'node:zlib';
import type { Payload } from './payload.ts';

/** What marks a payload whose `body` is another one, compressed; the convention of Eclipse Tahu's clients. */
const compressed = 'SPBV1.0_COMPRESSED';
/** Inflated; what is larger would hold up everyone else. */
const maxInflatedBytes = 4 * 1024 * 1024;

/** The bytes of the payload inside; undefined where there is none. Throws where they can't be had. */
export function inflatePayload({ uuid, body, metrics }: Payload): Uint8Array | undefined {
  if (uuid !== compressed) return undefined;
  if (body === undefined) throw new Error('it says that it is compressed, and has no body');
  const algorithm = metrics.find(({ name }) => name === 'algorithm')?.value;
  const isGzip = algorithm?.kind === 'string' && algorithm.value.toUpperCase() === 'GZIP';
  return (isGzip ? gunzipSync : inflateSync)(body, { maxOutputLength: maxInflatedBytes });
}
