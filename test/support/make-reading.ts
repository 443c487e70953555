import type { Reading } from '../../core/reading.ts';

/** A reading of a bus, with what matters to the test put on top. */
export function makeReading(over: Partial<Reading> = {}): Reading {
  const observedAt = over.observedAt ?? 1_700_000_000_000_000;
  return {
    eventId: 'event-1',
    source: 'buses',
    entityType: 'bus',
    entityId: '18/1029',
    observedAt,
    receivedAt: observedAt + 250_000,
    seq: 0,
    numbers: {},
    flags: {},
    texts: {},
    tags: {},
    position: null,
    zones: [],
    unset: [],
    traceparent: null,
    ...over,
  };
}
