import type { Fault } from './fault.ts';
import type { SettingName, SettingTexts } from './read-settings.ts';

/** Adds a fault for each setting that makes sense only beside another, or never beside it. */
export function findContradictions(texts: SettingTexts, faults: Fault[]): void {
  const needs = (name: SettingName, needed: SettingName) => {
    if (texts[name] !== undefined && texts[needed] === undefined)
      faults.push({ path: needed, expected: `a value, since ${name} is given`, came: 'nothing' });
  };
  needs('MILLRACE_MQTT_PASSWORD', 'MILLRACE_MQTT_USERNAME');
  needs('MILLRACE_MQTT_CERT', 'MILLRACE_MQTT_KEY');
  needs('MILLRACE_MQTT_KEY', 'MILLRACE_MQTT_CERT');
  needs('MILLRACE_WEBHOOK_TLS_CERT', 'MILLRACE_WEBHOOK_TLS_KEY');
  needs('MILLRACE_WEBHOOK_TLS_KEY', 'MILLRACE_WEBHOOK_TLS_CERT');
  needs('MILLRACE_WEBHOOK_TLS_CLIENT_CA', 'MILLRACE_WEBHOOK_TLS_CERT');
  needs('MILLRACE_KAFKA_SASL_MECHANISM', 'MILLRACE_KAFKA_SASL_USERNAME');
  needs('MILLRACE_KAFKA_SASL_MECHANISM', 'MILLRACE_KAFKA_SASL_PASSWORD');
  needs('MILLRACE_KAFKA_SASL_USERNAME', 'MILLRACE_KAFKA_SASL_MECHANISM');
  needs('MILLRACE_KAFKA_TLS_CERT', 'MILLRACE_KAFKA_TLS_KEY');
  needs('MILLRACE_KAFKA_TLS_KEY', 'MILLRACE_KAFKA_TLS_CERT');
  // Settings of a server say which; those of both logs are no orphans.
  orphans(/^MILLRACE_MQTT_(?!URL|LISTEN|WS_LISTEN)/, 'MILLRACE_MQTT_URL');
  orphans(/^MILLRACE_KAFKA_(?!BROKERS|PARTITIONS|GROUP_PREFIX)/, 'MILLRACE_KAFKA_BROKERS');
  orphans(/^MILLRACE_INFLUX_(?!URL)/, 'MILLRACE_INFLUX_URL');
  findInfluxFaults(texts, faults);

  function orphans(pattern: RegExp, needed: SettingName): void {
    const names = Object.keys(texts) as SettingName[];
    const orphan = names.find((name) => pattern.test(name) && texts[name] !== undefined);
    if (orphan !== undefined) needs(orphan, needed);
  }
}

/** 2.x has tokens, organizations and buckets, 1.x databases and passwords: one of the two, and whole. */
function findInfluxFaults(texts: SettingTexts, faults: Fault[]): void {
  if (texts.MILLRACE_INFLUX_URL === undefined) return;
  const given = (name: SettingName) => texts[name] !== undefined;
  const of2: SettingName[] = [
    'MILLRACE_INFLUX_BUCKET',
    'MILLRACE_INFLUX_ORG',
    'MILLRACE_INFLUX_TOKEN',
  ];
  if (given('MILLRACE_INFLUX_DATABASE')) {
    for (const name of of2.filter(given))
      faults.push({
        path: name,
        expected: 'it absent, since MILLRACE_INFLUX_DATABASE (InfluxDB 1.x) is given',
        came: 'a value',
      });
    return;
  }
  for (const name of of2.filter((one) => !given(one)))
    faults.push({
      path: name,
      expected: 'a value, since MILLRACE_INFLUX_URL is given (for 1.x: MILLRACE_INFLUX_DATABASE)',
      came: 'nothing',
    });
}
