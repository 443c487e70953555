/** Why something became a dead letter. The catalogue for people is docs/errors.md; a test compares both. */
export type DeadLetterReason =
  // ingress
  | 'payload-empty'
  | 'payload-not-utf8'
  | 'payload-not-json'
  | 'payload-not-protobuf'
  | 'payload-malformed'
  | 'payload-too-large'
  | 'topic-mismatch'
  | 'path-missing'
  | 'type-mismatch'
  | 'time-missing'
  | 'time-invalid'
  | 'time-nonexistent'
  | 'entity-invalid'
  | 'number-not-finite'
  | 'name-unknown'
  | 'name-ambiguous'
  | 'sequence-gap'
  | 'decoder-threw'
  // enricher
  | 'record-undecodable'
  | 'model-unknown'
  | 'field-unknown'
  | 'field-kind'
  | 'out-of-range'
  | 'from-the-future'
  | 'position-invalid'
  | 'too-many-at-one-time'
  | 'rule-threw'
  // sinks
  | 'store-refused';

/** Why a format set something aside on purpose; counted as filtered, never stored. */
export type DropReason = 'not-a-reading' | 'filtered-by-rule' | 'retained-state';

export interface DeadLetterOutcome {
  readonly kind: 'deadLetter';
  readonly reason: DeadLetterReason;
  /** A sentence: what was expected, what came. */
  readonly detail: string;
  /** Where in the payload: a JSONPath, a topic level, a field name. */
  readonly place?: string;
}

export interface DropOutcome {
  readonly kind: 'drop';
  readonly reason: DropReason;
}

/** The enricher has passed this reading on before; counted as deduplicated. */
export interface RepeatOutcome {
  readonly kind: 'drop';
  readonly reason: 'repeated';
}
