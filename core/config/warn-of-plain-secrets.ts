import type { FaultList } from './fault-list.ts';
import { isNamed, mayBeSecret } from './secret-names.ts';

/** Texts that stand in the configuration, and so in its file's copies and history, where a secret is asked for. */
export function warnOfPlainSecrets(
  path: readonly PropertyKey[],
  value: unknown,
  list: FaultList,
): void {
  if (typeof value === 'string') {
    if (mayBeSecret(path))
      list.warn(
        path,
        "a secret stands here as a text, for everyone who has the configuration. Put it into the environment or a file, and its name here: secret('NAME').",
      );
    return;
  }
  if (typeof value !== 'object' || value === null || isNamed(value)) return;
  for (const [key, inner] of Object.entries(value))
    warnOfPlainSecrets([...path, Array.isArray(value) ? Number(key) : key], inner, list);
}
