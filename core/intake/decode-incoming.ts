import { inspect } from 'node:util';
import type { Format, FormatInput, FormatOutcome } from '../format.ts';
import { messageOfThrown } from '../message-of-thrown.ts';

/** What is larger than a record may be (less what a dead letter needs around it) is not looked into. */
const maxPayloadBytes = 950_000;

/**
 * The format's outcomes, at least one. What a format must not do is made good here: one that throws, or gives what is
 * no outcome (a function of the user's may), gives a dead letter in its place; one that gives none has dropped.
 */
export function decodeIncoming(
  format: Format,
  input: FormatInput,
  largestBytes = maxPayloadBytes,
): readonly FormatOutcome[] {
  const { length } = input.payload;
  if (length > largestBytes) return [tooLarge(length, largestBytes)];
  try {
    const outcomes = format.decode(input);
    if (!Array.isArray(outcomes)) return [unsound(format.name, 'a list of outcomes', outcomes)];
    if (outcomes.length === 0) return [{ kind: 'drop', reason: 'not-a-reading' }];
    return soundOutcomes(format.name, outcomes);
  } catch (error) {
    return [threw(format.name, error)];
  }
}

function tooLarge(bytes: number, largestBytes: number): FormatOutcome {
  return {
    kind: 'deadLetter',
    reason: 'payload-too-large',
    detail: `The payload has ${bytes} bytes; ${largestBytes} at most are decoded.`,
  };
}

/** The same list, unless something in it (or missing from it) is no outcome. */
function soundOutcomes(
  format: string,
  outcomes: readonly FormatOutcome[],
): readonly FormatOutcome[] {
  for (let index = 0; index < outcomes.length; index++) {
    if (isOutcome(outcomes[index])) continue;
    // Of the list as it is: holes are parts too, and an index is a reading's identity.
    return Array.from(outcomes, (outcome) =>
      isOutcome(outcome) ? outcome : unsound(format, 'an outcome for each part', outcome),
    );
  }
  return outcomes;
}

function isOutcome(given: FormatOutcome | null | undefined): boolean {
  switch (given?.kind) {
    // What it observed is looked at later.
    case 'ok':
    case 'drop':
      return true;
    case 'request':
      return typeof given.topic === 'string' && given.payload instanceof Uint8Array;
    case 'deadLetter':
      return (
        typeof given.reason === 'string' &&
        typeof given.detail === 'string' &&
        (given.place === undefined || typeof given.place === 'string')
      );
    default:
      return false;
  }
}

function unsound(format: string, expected: string, came: unknown): FormatOutcome {
  // An async function's: its rejection would end the process.
  if (came instanceof Promise) came.catch(() => undefined);
  return {
    kind: 'deadLetter',
    reason: 'decoder-threw',
    detail: `The format ${format} should give ${expected}; it gave ${inspect(came, { depth: 1, maxArrayLength: 3, maxStringLength: 100 })}.`,
  };
}

function threw(format: string, error: unknown): FormatOutcome {
  return {
    kind: 'deadLetter',
    reason: 'decoder-threw',
    detail: `The format ${format} threw: ${messageOfThrown(error)}`,
  };
}
