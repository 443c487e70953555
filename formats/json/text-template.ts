import { oneOf } from '../../core/config/fault.ts';
import type { DeadLetterOutcome } from '../../core/outcome.ts';
import { numberText } from './json-path.ts';
import {
  compilePartPath,
  deadLetter,
  describeJson,
  type Part,
  type PartPath,
  placeOf,
  severalFound,
} from './part.ts';

/** The text; undefined when the payload lacks a placeholder (or has null there). */
export type FillTemplate = (part: Part) => string | undefined | DeadLetterOutcome;

export interface TextTemplate {
  /** The text itself, when it holds no placeholder. */
  readonly constant: string | undefined;
  readonly fill: FillTemplate;
}

/** `{sensor}` of the topic, `{$.id}` of the payload. Throws a SyntaxError that says what is wrong with it. */
export function compileTextTemplate(template: string, topicNames: readonly string[]): TextTemplate {
  // Brackets of a path may hold braces and anything else in quotes.
  const pieces = template.split(/(\{(?:\[[^\]]*\]|[^{}[\]])*\})/).filter((piece) => piece !== '');
  const fills = pieces.map((piece) => compilePiece(piece, topicNames));
  const [first] = fills;
  if (first !== undefined && fills.length === 1) {
    const isConstant = !pieces[0]?.startsWith('{');
    return { constant: isConstant ? template : undefined, fill: first };
  }
  return { constant: fills.length === 0 ? '' : undefined, fill: (part) => fillAll(fills, part) };
}

function compilePiece(piece: string, topicNames: readonly string[]): FillTemplate {
  if (!piece.startsWith('{')) return () => piece;
  const name = piece.slice(1, -1);
  if (/^[$@]/.test(name)) {
    const path = compilePartPath(name);
    return (part) => textAt(path, part);
  }
  const index = topicNames.indexOf(name);
  if (index < 0)
    throw new SyntaxError(
      `a placeholder of the topic, ${oneOf(topicNames, name)}, or a path such as {$.id}`,
    );
  return (part) => part.topicTexts[index];
}

function fillAll(fills: readonly FillTemplate[], part: Part): ReturnType<FillTemplate> {
  let text = '';
  for (const fill of fills) {
    const piece = fill(part);
    if (typeof piece !== 'string') return piece;
    text += piece;
  }
  return text;
}

/** A text, or a number as it was sent, or true or false. */
export function textAt(path: PartPath, part: Part): ReturnType<FillTemplate> {
  const found = path.find(part);
  if (found === 'several') return severalFound(path, part);
  const value = found?.value;
  if (found === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return numberText(found, part.numberTexts);
  if (typeof value === 'boolean') return String(value);
  return deadLetter(
    'type-mismatch',
    `Expected a text or a number at ${path.text}; came ${describeJson(found)}.`,
    placeOf(path, part),
  );
}
