import { type SecretText, secretText } from '../../../core/config/secret.ts';
import type { Secrets } from '../../../core/config/verify-declaration.ts';
import { toList } from '../../../core/config/webhook-plan.ts';

/** Of secrets that the check at start has found. */
export const secretTexts = (given: Secrets): readonly string[] =>
  toList<SecretText>(given).map(secretText);

export const secretBytes = (given: Secrets): readonly Uint8Array[] =>
  secretTexts(given).map((text) => Buffer.from(text));
