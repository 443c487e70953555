import { hash } from 'node:crypto';

/** What came, for identity: the same packet sent again has the same three. */
export interface Origin {
  readonly source: string;
  readonly topic: string;
  readonly payload: Uint8Array;
}

const hashCharacters = 22;
const scratch = Buffer.allocUnsafeSlow(64 * 1024);

/**
 * Names an origin in 22 characters: base64url of 128 bits of SHA-256 over source, topic and bytes.
 * Computed once a packet; {@link eventIdOf} adds the reading's index. Synchronous, and keeps nothing.
 */
export function hashOrigin({ source, topic, payload }: Origin): string {
  // The topic's length stands before it: no topic and payload can pose as another pair.
  const head = `${source}\0${topic.length}\0${topic}`;
  const most = head.length * 3 + payload.length;
  const bytes = most <= scratch.length ? scratch : Buffer.allocUnsafe(most);
  const headBytes = bytes.write(head, 0);
  bytes.set(payload, headBytes);
  const all = bytes.subarray(0, headBytes + payload.length);
  return hash('sha256', all, 'base64url').slice(0, hashCharacters);
}

export interface ReadingIdentity {
  readonly source: string;
  /** The sender's own id of this reading. */
  readonly id: string | undefined;
  /** Whether what came tells it from others: it says when it was observed, or its sender gave it an id as a whole. */
  readonly isKnownByContent: boolean;
  /** Of {@link hashOrigin}; asked for only where the sender gives no id. */
  readonly originHash: () => string;
  /** The reading's place among all parts of the payload. */
  readonly index: number;
  /** The packet may have been seen before: MQTT's DUP flag, or a retained one that a subscription brought again. */
  readonly mayRepeat: boolean;
  /** Unique for ever; asked for only where neither time nor id is given. Without dots. */
  readonly random: () => string;
}

/**
 * Gives a reading its id. Stable over redelivery, replay and changed decoders, except for a payload with neither time
 * nor id: that one can only be told apart at random.
 *
 * - sender's id: `source:id`
 * - a time, no id: `hash`, or `hash.index` after the first
 * - neither: `~content.random`, or `~dup.content.random` when it may repeat; content as in the line above
 */
export function eventIdOf(reading: ReadingIdentity): string {
  if (reading.id !== undefined) return `${reading.source}:${reading.id}`;
  const origin = reading.originHash();
  const content = reading.index === 0 ? origin : `${origin}.${reading.index}`;
  if (reading.isKnownByContent) return content;
  return reading.mayRepeat
    ? `${repeatPrefix}${content}.${reading.random()}`
    : `~${content}.${reading.random()}`;
}

const repeatPrefix = '~dup.';

/** What a reading's id says about its sameness with others. */
export interface ContentIdentity {
  /** Equal for equal source, topic, bytes and index. */
  readonly contentHash: string;
  /** Drop it when the entity's last readings include the same `contentHash`. */
  readonly mayRepeat: boolean;
}

/** Undefined for an id that identifies by itself (a sender's, or one of a payload with a time). */
export function parseContentIdentity(eventId: string): ContentIdentity | undefined {
  if (eventId.charCodeAt(0) !== 0x7e) return undefined;
  const mayRepeat = eventId.startsWith(repeatPrefix);
  const end = eventId.lastIndexOf('.');
  const start = mayRepeat ? repeatPrefix.length : 1;
  if (end < start + hashCharacters) return undefined;
  return { contentHash: eventId.slice(start, end), mayRepeat };
}
