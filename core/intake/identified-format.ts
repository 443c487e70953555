import { hash } from 'node:crypto';
import type { Format, FormatOutcome } from '../format.ts';
import type { Observation } from '../reading.ts';

/**
 * The format, with an id of its content for each observation that has a time and none of the provider's: a list that is
 * polled again and again shows most of its items unchanged, each time in another page, and each is one reading. A dead
 * letter of such a source that is replayed gets the same.
 */
export function identifiedFormat(format: Format): Format {
  return {
    ...format,
    decode(input) {
      const outcomes = format.decode(input);
      // What is no list is told by the one who asks.
      return Array.isArray(outcomes) ? outcomes.map(identified) : outcomes;
    },
  };
}

function identified(outcome: FormatOutcome): FormatOutcome {
  // A function of the user's may give anything at all.
  if (outcome?.kind !== 'ok' || typeof outcome.observation !== 'object') return outcome;
  const { observation } = outcome;
  if (observation === null || observation.observedAt === undefined || observation.id !== undefined)
    return outcome;
  try {
    return { kind: 'ok', observation: { ...observation, id: contentId(observation) } };
  } catch {
    // Values that JSON doesn't write are no reading's: the ingress says so.
    return outcome;
  }
}

function contentId(observation: Observation): string {
  const { entityId, entityType, flags, numbers, observedAt, position, tags, texts, unset } =
    observation;
  const maps = [numbers, flags, texts, tags].map((map) => Object.entries(map ?? {}).sort(byName));
  const content = JSON.stringify([entityType, entityId, observedAt, maps, position, unset]);
  return hash('sha256', content, 'base64url').slice(0, 22);
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
