import { existsSync, readFileSync } from 'node:fs';
import type { z } from 'zod';
import { MillraceError } from '../errors.ts';
import { describeValue, type Fault, faultList } from './fault.ts';
import { nearestName } from './nearest-name.ts';
import type { Settings } from './settings.ts';
import { laterSettings, settingDeclarations } from './settings-schema.ts';

export { settingsTable } from './settings-schema.ts';

type Environment = Readonly<Record<string, string | undefined>>;
type Declarations = typeof settingDeclarations;
type SettingName = keyof Declarations;
type Values = { [N in SettingName]: z.output<Declarations[N]['schema']> | undefined };

/** Read by other parts of the project, not by the services. */
const otherNames = ['MILLRACE_REQUIRE_STACK'];
const settingNames = Object.keys(settingDeclarations) as SettingName[];

/**
 * Reads every setting of INTERFACE that this version has, each also from the file that `<NAME>_FILE` names.
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
  ) as Values;
  findContradictions(texts, faults);
  for (const [name, instead] of Object.entries(laterSettings)) {
    if (!env[name] && !env[`${name}_FILE`]) continue;
    faults.push({
      path: name,
      expected: `it absent, since in this version ${instead}`,
      came: 'a value',
    });
  }
  if (faults.length > 0) {
    const heading = `The environment has ${faults.length === 1 ? 'a setting' : `${faults.length} settings`} that cannot be used:`;
    throw new MillraceError('SETTING_INVALID', faultList(heading, faults));
  }
  warnOfUnknownNames(env, warn);
  return toSettings(values);
}

/** What is set, from the variables and the files that they name. */
function readTexts(env: Environment, faults: Fault[]): Partial<Record<SettingName, string>> {
  const texts: Partial<Record<SettingName, string>> = {};
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

function parseSetting(
  name: SettingName,
  texts: Partial<Record<SettingName, string>>,
  faults: Fault[],
): unknown {
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

const withoutCredentials = (text: string) => text.replace(/\/\/[^@/]*@/, '//...@');

/** Settings that only make sense beside others. */
function findContradictions(texts: Partial<Record<SettingName, string>>, faults: Fault[]): void {
  const needs = (name: SettingName, needed: SettingName) => {
    if (texts[name] !== undefined && texts[needed] === undefined)
      faults.push({ path: needed, expected: `a value, since ${name} is given`, came: 'nothing' });
  };
  needs('MILLRACE_MQTT_PASSWORD', 'MILLRACE_MQTT_USERNAME');
  needs('MILLRACE_MQTT_CERT', 'MILLRACE_MQTT_KEY');
  needs('MILLRACE_MQTT_KEY', 'MILLRACE_MQTT_CERT');
  if (texts.MILLRACE_MQTT_URL !== undefined) return;
  const orphan = settingNames.find(
    (name) => /^MILLRACE_MQTT_(?!URL|LISTEN)/.test(name) && texts[name] !== undefined,
  );
  if (orphan !== undefined) needs(orphan, 'MILLRACE_MQTT_URL');
}

function warnOfUnknownNames(env: Environment, warn: (sentence: string) => void): void {
  const known = new Set(
    [...settingNames, ...Object.keys(laterSettings), ...otherNames].flatMap((name) => [
      name,
      `${name}_FILE`,
    ]),
  );
  for (const name of Object.keys(env)) {
    if (!name.startsWith('MILLRACE_') || known.has(name)) continue;
    const nearest = nearestName(name, [...known]);
    warn(
      `${name} is no setting of Millrace and has no effect.${nearest === undefined ? '' : ` Did you mean ${nearest}?`}`,
    );
  }
}

function toSettings(values: Values): Settings {
  const listen = values.MILLRACE_MQTT_LISTEN;
  return {
    dataDir: values.MILLRACE_DATA_DIR ?? '',
    host: values.MILLRACE_HOST ?? '',
    httpPort: values.MILLRACE_HTTP_PORT ?? 0,
    webhookPort: values.MILLRACE_WEBHOOK_PORT ?? 0,
    mqttListen:
      listen === undefined || listen.off ? undefined : { host: listen.host, port: listen.port },
    mqtt:
      values.MILLRACE_MQTT_URL === undefined
        ? undefined
        : {
            url: values.MILLRACE_MQTT_URL,
            username: values.MILLRACE_MQTT_USERNAME,
            password: values.MILLRACE_MQTT_PASSWORD,
            ca: values.MILLRACE_MQTT_CA,
            cert: values.MILLRACE_MQTT_CERT,
            key: values.MILLRACE_MQTT_KEY,
            clientId: values.MILLRACE_MQTT_CLIENT_ID,
          },
    partitions: values.MILLRACE_KAFKA_PARTITIONS ?? 6,
    groupPrefix: values.MILLRACE_KAFKA_GROUP_PREFIX ?? '',
    apiToken: values.MILLRACE_API_TOKEN,
    trustNetwork: values.MILLRACE_TRUST_NETWORK ?? false,
    opsPort: values.MILLRACE_OPS_PORT ?? 0,
    logLevel: values.MILLRACE_LOG_LEVEL ?? 'info',
  };
}
