import { inspect } from 'node:util';
import { entityTypePattern } from '../entity-type.ts';
import type { DeadLetterOutcome } from '../outcome.ts';
import { isRecordTime, type Observation } from '../reading.ts';

/** Types seen to fit the pattern; a pipeline has a handful. */
const knownTypes = new Set<string>();

/**
 * What no reading may be, whatever its model says: no entity, a time that no record can hold, a number that is not
 * finite. Undefined when it is well. Formats may be functions of the user's: nothing they give is taken on trust.
 */
export function checkObservation(observation: Observation): DeadLetterOutcome | undefined {
  const { entityType, entityId, observedAt, ageMicros, numbers, position } = observation;
  if (!isEntityType(entityType)) {
    return invalid('entity-invalid', 'entityType', 'a type like air-station', entityType);
  }
  if (typeof entityId !== 'string' || entityId === '') {
    return invalid('entity-invalid', 'entityId', 'a text that is not empty', entityId);
  }
  if (observedAt !== undefined && !isRecordTime(observedAt)) {
    return invalid(
      'time-invalid',
      'observedAt',
      'whole microseconds between the years 1827 and 2255',
      observedAt,
    );
  }
  if (ageMicros !== undefined && !(Number.isInteger(ageMicros) && Math.abs(ageMicros) < 2 ** 50)) {
    return invalid('time-invalid', 'ageMicros', 'whole microseconds below 2^50', ageMicros);
  }
  for (const name in numbers) {
    if (!Number.isFinite(numbers[name])) {
      return invalid('number-not-finite', name, 'a finite number', numbers[name]);
    }
  }
  if (position && !(Number.isFinite(position.lat) && Number.isFinite(position.lon))) {
    return invalid('number-not-finite', 'position', 'finite degrees', position.lat);
  }
  return undefined;
}

function isEntityType(type: unknown): boolean {
  if (typeof type !== 'string') return false;
  if (knownTypes.has(type)) return true;
  if (!entityTypePattern.test(type)) return false;
  if (knownTypes.size < 1000) knownTypes.add(type);
  return true;
}

function invalid(
  reason: 'entity-invalid' | 'time-invalid' | 'number-not-finite',
  place: string,
  expected: string,
  came: unknown,
): DeadLetterOutcome {
  return {
    kind: 'deadLetter',
    reason,
    place,
    detail: `${place} should be ${expected}; it is ${inspect(came, { depth: 1 })}.`,
  };
}
