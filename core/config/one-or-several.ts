import { z } from 'zod';

/**
 * One, or a list of at least one, with each fault at its own place: of a union zod would say only that nothing fits,
 * and the value shown would be the whole, secrets included.
 */
export function oneOrSeveral(one: z.ZodType, name: string) {
  const several = z.array(one).min(1, { error: `at least one ${name}` });
  return z.unknown().superRefine((value, context) => {
    const { error } = (Array.isArray(value) ? several : one).safeParse(value);
    for (const { message, path } of error?.issues ?? [])
      context.addIssue({ code: 'custom', message, path: [...path] });
  });
}
