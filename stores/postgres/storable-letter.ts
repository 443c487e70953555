import { hash } from 'node:crypto';
import type { DeadLetter } from '../../core/dead-letter.ts';

const maxIdCharacters = 200;
const maxSourceCharacters = 256;

/** As Postgres can have it: NUL, which its texts can't hold, becomes U+FFFD; `bytes` has what came. */
export function storableLetter(letter: DeadLetter): DeadLetter {
  const { id, place, topic, sha256, eventId } = letter;
  const orNull = (text: string | null) => (text === null ? null : withoutNul(text));
  return {
    ...letter,
    id: storableId(id),
    source: withoutNul(letter.source).slice(0, maxSourceCharacters),
    stage: withoutNul(letter.stage),
    reason: withoutNul(letter.reason),
    detail: withoutNul(letter.detail),
    place: orNull(place),
    topic: orNull(topic),
    contentType: withoutNul(letter.contentType),
    sha256: orNull(sha256),
    eventId: orNull(eventId),
  };
}

export function storableId(id: string): string {
  return id.length > maxIdCharacters ? hash('sha256', id, 'base64url') : withoutNul(id);
}

export function withoutNul(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text;
}
