/** A record that could not go on. The value of `deadletters.v1`; field by field as in schemas/DeadLetter.v2.avsc. */
export interface DeadLetter {
  /** Stable: the same failure of the same bytes has the same id. */
  readonly id: string;
  readonly source: string;
  /** `ingress`, `enricher`, or the name of a sink. */
  readonly stage: string;
  /** A `DeadLetterReason`; a plain string here, since the topic outlives the code. */
  readonly reason: string;
  readonly detail: string;
  readonly place: string | null;
  /** The MQTT topic, or the request's path. */
  readonly topic: string | null;
  readonly contentType: string;
  /** What came, or its beginning when it is larger than a record may be. */
  readonly bytes: Buffer;
  readonly totalBytes: number;
  /** Hex; of all that came, when `bytes` is only its beginning. */
  readonly sha256: string | null;
  readonly eventId: string | null;
  /** Microseconds since 1970, as is `deadAt`. */
  readonly receivedAt: number;
  readonly deadAt: number;
  /** Which part of the payload, from 0. Null: not known (an older Millrace wrote it), or it has none (a record). */
  readonly part: number | null;
  /** How many parts the payload was found to have; 1: all of it could not go on. */
  readonly parts: number | null;
}
