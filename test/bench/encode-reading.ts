import { randomBytes } from 'node:crypto';
import { readingCodec } from '../../core/codec.ts';

/** When the first reading of a store's bench was observed, microseconds. */
export const start = 1_700_000_000_000_000;

/** Some 130 bytes: two numbers, a flag and a place that moves. */
export function encodeReading(entity: number, observedAt: number): Buffer {
  return readingCodec.encode({
    eventId: randomBytes(16).toString('base64url'),
    source: 'buses',
    entityType: 'vehicle',
    entityId: String(entity),
    observedAt,
    receivedAt: observedAt + 1000,
    seq: 0,
    numbers: { speed: (observedAt % 997) / 10, heading: observedAt % 360 },
    flags: { doors: false },
    texts: {},
    tags: { operator: '22' },
    position: { lat: 60 + entity / 20_000, lon: 24 + (observedAt - start) * 1e-11, altitude: null },
    zones: [],
    unset: [],
    traceparent: null,
  });
}
