import type { Fault } from './config/fault.ts';
import type { FieldKind } from './model.ts';
import type { DeadLetterOutcome, DropOutcome } from './outcome.ts';
import type { Observation } from './reading.ts';

/** What a format sees of an MQTT packet, a webhook's delivery, or a page that was polled. */
export interface FormatInput {
  /** The MQTT topic, or the request's path. */
  readonly topic: string;
  readonly payload: Uint8Array;
  /** As the sender declares it; MQTT 3.1.1 declares none. */
  readonly contentType?: string | undefined;
  /** Given to formats that have `remembers`; absent where nothing is remembered (webhooks, a replay of dead letters). */
  readonly memory?: FormatMemory | undefined;
}

/**
 * What a format keeps from payload to payload of its source (names that a device declared at its birth). It outlives a
 * restart: what was put is on disk before the packet that put it is acknowledged.
 */
export interface FormatMemory {
  get(key: string): string | undefined;
  /** Undefined deletes. Values of a few kilobytes. */
  put(key: string, value: string | undefined): void;
}

/** To be published at the broker that the packet came from; no reading, and in no count. */
export interface FormatRequest {
  readonly kind: 'request';
  readonly topic: string;
  readonly payload: Uint8Array;
}

export type FormatOutcome =
  | { readonly kind: 'ok'; readonly observation: Observation }
  | DropOutcome
  | DeadLetterOutcome
  | FormatRequest;

/**
 * Payload bytes -> observations. Pure: no I/O, no clock, no randomness, no state but `memory`, which is handed in.
 *
 * `decode` returns one outcome for each part of the payload, in the payload's order and never none:
 * the index is part of a reading's identity. A bad part is a dead letter of its own and its
 * neighbours go on. It never throws on any bytes; if it does, the ingress makes it `decoder-threw`.
 */
export interface Format {
  readonly name: string;
  /** It needs `memory`. */
  readonly remembers?: true;
  /** Topic filters that the format itself implies; the source's own `topics` come first. */
  readonly topics?: readonly string[];
  /** Of `payload`, for dead letters: `application/json`, ... */
  readonly contentType: string;
  /** UCUM codes of the numbers as the sender gives them: entity type -> field -> unit. */
  readonly units?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Kinds of those fields whose kind is certain: compared with the model's at start, instead of at each reading. */
  readonly kinds?: Readonly<Record<string, Readonly<Record<string, FieldKind>>>>;
  /** Entity types and fields that it can give, for the check against the models. */
  readonly emits: Readonly<Record<string, readonly string[]>>;
  /** It is declared by `entity`, `fields` and `tags`: what is wrong with these is shown where they stand. */
  readonly isMapping?: true;
  /** What is wrong with its own declaration; the check at start lists them with the configuration's others. */
  readonly faults?: readonly Fault[];
  decode(input: FormatInput): readonly FormatOutcome[];
}
