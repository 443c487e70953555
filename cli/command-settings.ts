import { readSettings } from '../core/config/read-settings.ts';
import type { Settings } from '../core/config/settings.ts';

/** Options that most commands take. */
export const configOption = {
  type: 'string',
  value: 'FILE',
  help: 'the configuration; millrace.config.ts when absent',
} as const;
export const dataDirOption = {
  type: 'string',
  value: 'DIR',
  help: 'the data folder; MILLRACE_DATA_DIR or .millrace when absent',
} as const;
export const jsonOption = { type: 'boolean', help: 'prints JSON' } as const;

export const defaultConfig = 'millrace.config.ts';

/** The environment's settings, with what the command line says instead. Throws `SETTING_INVALID`. */
export function commandSettings(
  options: { readonly dataDir?: string | undefined },
  warn: (sentence: string) => void = console.error,
): Settings {
  const dataDir = options.dataDir === undefined ? {} : { MILLRACE_DATA_DIR: options.dataDir };
  return readSettings({ ...process.env, ...dataDir }, warn);
}
