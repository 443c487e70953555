import { randomBytes } from 'node:crypto';
import { type SecretText, secret } from 'millrace';

/**
 * The secret of the environment, where there is one; else one made up for this process, which the demonstration's senders
 * then sign with.
 */
export function demoSecret(name: string): SecretText {
  const isGiven = process.env[name] || process.env[`${name}_FILE`];
  if (!isGiven) process.env[name] = randomBytes(24).toString('base64url');
  return secret(name);
}
