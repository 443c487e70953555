import type { DeadLetterOutcome } from '../../core/outcome.ts';
import { deadLetter, describeJson } from '../json/part.ts';
import { isObject } from './device-fields.ts';

const shownNames = 8;

/** A part has nothing that the format knows: the user can name what is wanted of it. */
export function noneKnown(value: unknown, place: string): DeadLetterOutcome {
  if (!isObject(value))
    return deadLetter(
      'type-mismatch',
      `Expected an object with fields; came ${describeJson({ value })}.`,
      place,
    );
  const names = Object.keys(value);
  const shown = names.slice(0, shownNames).map((name) => name.slice(0, 40));
  const came = names.length === 0 ? 'an empty object' : shown.join(', ');
  const more = names.length > shownNames ? ' and others' : '';
  return deadLetter(
    'path-missing',
    `Expected at least one field that the format knows; came ${came}${more}. Others can be named in its \`fields\`.`,
    place,
  );
}

/** More components or sensors than any device has: a payload must not hold up others. */
export const maxComponents = 1000;

export const tooManyComponents = (count: number): DeadLetterOutcome =>
  deadLetter(
    'payload-too-large',
    `Expected at most ${maxComponents} components of a device; came ${count}.`,
  );
