/** Degrees (WGS 84) and metres. */
export interface Position {
  readonly lat: number;
  readonly lon: number;
  readonly altitude: number | null;
}

/**
 * What a decoder makes of (part of) a payload, before the ingress gives it its identity.
 * Values are in the units that the sender uses; the enricher converts them to the model's.
 */
export interface Observation {
  readonly entityType: string;
  readonly entityId: string;
  /** The device's time in microseconds since 1970; undefined when the payload has none. */
  readonly observedAt?: number | undefined;
  /**
   * How long before its arrival, in microseconds, where the device has no clock but counts (negative: after). Such a
   * reading is recognised as one without a time is.
   */
  readonly ageMicros?: number | undefined;
  /** The sender's own id of this reading, unique within the source; undefined when it gives none. */
  readonly id?: string | undefined;
  readonly numbers: Readonly<Record<string, number>>;
  readonly flags: Readonly<Record<string, boolean>>;
  /** Texts, and values of kind `decimal` as text. */
  readonly texts: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly position: Position | null;
  /** Fields that the sender cleared. */
  readonly unset: readonly string[];
}

/** At one time, one entity observed these values. The value of `readings.raw.v1` and `readings.enriched.v1`. */
export interface Reading extends Omit<Observation, 'observedAt' | 'ageMicros' | 'id'> {
  readonly eventId: string;
  readonly source: string;
  /** The device's time, microseconds since 1970, whole, below 2^53. */
  readonly observedAt: number;
  /** Ours, microseconds since 1970. It is also the record's time in the log. */
  readonly receivedAt: number;
  /** 0 to 999; given by the enricher to readings of one entity with one `observedAt`. */
  readonly seq: number;
  readonly zones: readonly string[];
  readonly traceparent: string | null;
}

/**
 * The times that a record can hold, in microseconds: 1827 to 2255. avsc writes a long as a doubled number: below
 * -2^52 the result is wrong without an error, and 2^53 - 1 it refuses.
 */
export const oldestMicros = -(2 ** 52);
export const newestMicros = 2 ** 53 - 2;

export function isRecordTime(micros: number): boolean {
  return Number.isInteger(micros) && micros >= oldestMicros && micros <= newestMicros;
}

/** The record key `entityType/entityId`. The first slash splits; the id may hold anything. */
export function entityKey(entity: {
  readonly entityType: string;
  readonly entityId: string;
}): string {
  return `${entity.entityType}/${entity.entityId}`;
}

/** The inverse of {@link entityKey}. Undefined when there is no slash or the type is empty. */
export function parseEntityKey(key: string): { entityType: string; entityId: string } | undefined {
  const slash = key.indexOf('/');
  if (slash < 1) return undefined;
  return { entityType: key.slice(0, slash), entityId: key.slice(slash + 1) };
}
