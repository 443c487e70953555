import { existsSync, readFileSync } from 'node:fs';
import type { z } from 'zod';
import { MillraceError } from '../errors.ts';
import { describeValue, type Fault, faultList } from './fault.ts';
import { nearestName } from './nearest-name.ts';
import { findContradictions } from './setting-contradictions.ts';
import type { Settings } from './settings.ts';
import { settingDeclarations } from './settings-schema.ts';
import { toSettings } from './to-settings.ts';
import { withoutCredentials } from './without-credentials.ts';

export { settingsTable } from './settings-schema.ts';

type Environment = Readonly<Record<string, string | undefined>>;
type Declarations = typeof settingDeclarations;
export type SettingName = keyof Declarations;
export type SettingTexts = Partial<Record<SettingName, string>>;
export type SettingValues = { [N in SettingName]: z.output<Declarations[N]['schema']> | undefined };

/** Read by other parts of the project, not by the services. */
const otherNames = ['MILLRACE_REQUIRE_STACK'];
const settingNames = Object.keys(settingDeclarations) as SettingName[];

/**
 * Reads every setting of `settings-schema.ts`, each also from the file that `<NAME>_FILE` names.
 * An empty value counts as absent. Throws `SETTING_INVALID` with all faults at once; secrets are never printed.
 * `warn` gets a sentence for each `MILLRACE_` name that is not known.
 */
export function readSettings(
  env: Environment,
  warn: (sentence: string) => void = () => {},
): Settings {
  const faults: Fault[] = [];
  const texts = readTexts(env, faults);
  const values = Object.fromEntries(
    settingNames.map((name) => [name, parseSetting(name, texts, faults)]),
  ) as SettingValues;
  // On a cluster the broker is one of its own, unless it is asked for.
  if (texts.MILLRACE_KAFKA_BROKERS && !texts.MILLRACE_MQTT_LISTEN)
    values.MILLRACE_MQTT_LISTEN = undefined;
  findContradictions(texts, faults);
  if (faults.length > 0) {
    const heading = `The environment has ${faults.length === 1 ? 'a setting' : `${faults.length} settings`} that cannot be used:`;
    throw new MillraceError('SETTING_INVALID', faultList(heading, faults));
  }
  warnOfUnknownNames(env, warn);
  return toSettings(values);
}

/** What is set, from the variables and the files that they name. */
function readTexts(env: Environment, faults: Fault[]): SettingTexts {
  const texts: SettingTexts = {};
  for (const name of settingNames) {
    const direct = env[name] || undefined;
    const path = env[`${name}_FILE`] || undefined;
    if (direct !== undefined) texts[name] = isPemPath(name, direct) ? readText(direct) : direct;
    if (path === undefined) continue;
    if (direct !== undefined) {
      faults.push({
        path: `${name}_FILE`,
        expected: `it absent where ${name} is given`,
        came: 'both',
      });
      continue;
    }
    try {
      texts[name] = readText(path);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : error;
      faults.push({
        path: `${name}_FILE`,
        expected: 'the path of a file that can be read',
        came: `"${path}" (${code})`,
      });
    }
  }
  return texts;
}

/** Editors end a file with a line break that is no part of a secret. */
const readText = (path: string) => readFileSync(path, 'utf8').replace(/\r?\n$/, '');

/** Certificates are files nearly everywhere, and other programs take their path where we take the text. */
function isPemPath(name: SettingName, text: string): boolean {
  return /_(CA|CERT|KEY)$/.test(name) && !text.includes('-----BEGIN') && existsSync(text);
}

function parseSetting(name: SettingName, texts: SettingTexts, faults: Fault[]): unknown {
  const { schema, meta } = settingDeclarations[name];
  const text = texts[name] ?? (meta.default === 'none' ? undefined : meta.default);
  if (text === undefined) return undefined;
  const parsed = schema.safeParse(text);
  if (parsed.success) return parsed.data;
  const came =
    meta.secret || text.includes('PRIVATE KEY')
      ? 'another text (not shown)'
      : describeValue(withoutCredentials(text));
  for (const issue of parsed.error.issues)
    faults.push({ path: name, expected: issue.message, came });
  return undefined;
}

function warnOfUnknownNames(env: Environment, warn: (sentence: string) => void): void {
  const known = new Set([...settingNames, ...otherNames].flatMap((name) => [name, `${name}_FILE`]));
  for (const name of Object.keys(env)) {
    if (!name.startsWith('MILLRACE_') || known.has(name)) continue;
    const nearest = nearestName(name, [...known]);
    warn(
      `${name} is no setting of Millrace and has no effect.${nearest === undefined ? '' : ` Did you mean ${nearest}?`}`,
    );
  }
}
