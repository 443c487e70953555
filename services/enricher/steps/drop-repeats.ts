import { parseContentIdentity } from '../../../core/identity.ts';
import type { Step } from '../step.ts';

/**
 * Drops what was passed on before: the same event id at the same time of the same entity; and, for payloads
 * with neither time nor id that came marked as repeats, the same content among the entity's last ones.
 */
export const dropRepeats: Step = (reading, past) => {
  const repeated =
    (past.ids.length > 0 && past.ids.includes(reading.eventId)) ||
    (past.contents.length > 0 && repeatsContent(reading.eventId, past.contents));
  return repeated ? { kind: 'drop', reason: 'repeated' } : { kind: 'ok', reading };
};

function repeatsContent(eventId: string, contents: readonly string[]): boolean {
  const content = parseContentIdentity(eventId);
  return content?.mayRepeat === true && contents.includes(content.contentHash);
}
