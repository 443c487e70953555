import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** A secret of the configuration: its text, or `secret('NAME')`, which keeps the text out of the file. */
export type SecretText = string | Secret;

export interface Secret {
  readonly secret: string;
  /** Undefined: neither the environment nor a file has it; the check at start lists it. */
  readonly value: string | undefined;
}

/**
 * From the environment, or from the file that `<name>_FILE` names, without a line break at its end. Read when the
 * configuration is loaded.
 */
export function secret(name: string): Secret {
  const value = process.env[name] || fromFile(process.env[`${name}_FILE`]);
  // Not enumerable: whoever prints or logs a configuration prints the name alone.
  return Object.defineProperty({ secret: name, value }, 'value', { enumerable: false });
}

function fromFile(path: string | undefined): string | undefined {
  if (!path) return undefined;
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '') || undefined;
  } catch {
    return undefined;
  }
}

/** The text of one that the check at start has found there. */
export function secretText(given: SecretText): string {
  const text = typeof given === 'string' ? given : given.value;
  if (text === undefined) throw new Error('A secret is missing that the check at start asks for.');
  return text;
}

const found = z.object({ secret: z.string(), value: z.string().min(1) });

/** The fault names the variable, never the text. */
export const secretSchema = z.union([z.string().min(1), found], {
  error: ({ input }) => {
    const name = typeof input === 'object' && input !== null && Reflect.get(input, 'secret');
    return typeof name === 'string'
      ? `a secret in the environment as ${name}, or in the file that ${name}_FILE names`
      : "a text, or secret('NAME_OF_A_VARIABLE')";
  },
});
