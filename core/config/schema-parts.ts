/** What the schemas of a configuration are made of. */
import { z } from 'zod';
import { oneOf } from './fault.ts';
import {
  parseSizeBytes,
  parseSpanMs,
  parseSpanOrForever,
  sizeExpected,
  spanExpected,
} from './span.ts';

export const aText = (expected: string) =>
  z.string({ error: expected }).min(1, { error: expected });
export const aTextThat = (expected: string, fits: (text: string) => boolean) =>
  z.string({ error: expected }).refine(fits, { error: expected });
export const aNumber = z.number({ error: 'a finite number' });
export const yesOrNo = z.boolean({ error: 'true or false' });
export const label = aText('a label for people').optional();
export const aFunction = (expected: string) =>
  z.custom<(...args: never[]) => unknown>((value) => typeof value === 'function', {
    error: expected,
  });
export const span = aTextThat(spanExpected, (text) => parseSpanMs(text) !== undefined);
export const spanOrForever = aTextThat(
  `${spanExpected}, or forever`,
  (text) => parseSpanOrForever(text) !== undefined,
);
export const size = aTextThat(sizeExpected, (text) => parseSizeBytes(text) !== undefined);
/** RFC 9110, 5.1. */
export const headerName = aTextThat("a header's name", (text) =>
  /^[\w!#$%&'*+.^`|~-]+$/.test(text),
);

/** An object with these keys and no others; an unknown one is a fault of its own, with the nearest that there is. */
export function exactly<S extends z.ZodRawShape>(shape: S, expected = 'an object') {
  const keys = Object.keys(shape);
  const unknown = z.custom<undefined>(() => false, {
    error: (issue) => `${oneOf(keys, String(issue.path?.at(-1)))}`,
  });
  return z.object(shape, { error: expected }).catchall(unknown);
}
