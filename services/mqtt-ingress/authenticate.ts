import { hash, timingSafeEqual } from 'node:crypto';
import { type SecretText, secretText } from '../../core/config/secret.ts';

export interface MqttUser {
  readonly username: string;
  readonly password: SecretText;
}

export type CheckCredentials = (
  username: string | undefined,
  password: Uint8Array | undefined,
) => boolean;

/**
 * Whether a name and password are those of a user. Takes the same time whoever comes and whatever fits: digests of
 * equal length are compared, with every user, to the end. Without users everyone is let in.
 */
export function credentialCheck(users: readonly MqttUser[] | undefined): CheckCredentials {
  if (!users || users.length === 0) return () => true;
  const known = users.map(({ username, password }) =>
    digest(username, Buffer.from(secretText(password))),
  );
  return (username, password) => {
    const came = digest(username ?? '', password ?? Buffer.alloc(0));
    let found = false;
    for (const user of known) found = timingSafeEqual(user, came) || found;
    return found && username !== undefined && password !== undefined;
  };
}

function digest(username: string, password: Uint8Array): Buffer {
  const name = Buffer.from(username);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(name.length);
  return hash('sha256', Buffer.concat([length, name, password]), 'buffer');
}
