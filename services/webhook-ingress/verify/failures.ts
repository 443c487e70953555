import type { CheckName, Failure } from './verdict.ts';

export const failure = (check: CheckName, detail: string): Failure => ({
  ok: false,
  check,
  detail,
});

export const missing = (header: string, expected: string): Failure =>
  failure('signature-missing', `The header ${header} is missing; expected ${expected}.`);

/** One sentence for every wrong signature: which part of it was right is nobody's to know. */
export const wrongSignature = (header: string): Failure =>
  failure(
    'signature-wrong',
    `The signature in ${header} is not that of these bytes by any of the secrets declared. Compare the secret on both sides, and that nothing on the way changes the body.`,
  );

export const unreadableTime = (header: string, expected: string): Failure =>
  failure('timestamp-unreadable', `The time in ${header} cannot be read; expected ${expected}.`);
