import type { SettingValues } from './read-settings.ts';
import type { InfluxSettings, KafkaSettings, Settings } from './settings.ts';

/** From what each setting holds to what services are handed. Called when nothing contradicts. */
export function toSettings(values: SettingValues): Settings {
  return {
    dataDir: values.MILLRACE_DATA_DIR ?? '',
    host: values.MILLRACE_HOST ?? '',
    httpPort: values.MILLRACE_HTTP_PORT ?? 0,
    webhookPort: values.MILLRACE_WEBHOOK_PORT ?? 0,
    webhookTls:
      values.MILLRACE_WEBHOOK_TLS_CERT === undefined
        ? undefined
        : {
            cert: values.MILLRACE_WEBHOOK_TLS_CERT,
            key: values.MILLRACE_WEBHOOK_TLS_KEY ?? '',
            clientCa: values.MILLRACE_WEBHOOK_TLS_CLIENT_CA,
          },
    mqttListen: addressOf(values.MILLRACE_MQTT_LISTEN),
    mqttWsListen: addressOf(values.MILLRACE_MQTT_WS_LISTEN),
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
    kafka: toKafka(values),
    schemaRegistryUrl: values.MILLRACE_SCHEMA_REGISTRY_URL,
    influx: toInflux(values),
    postgresUrl: values.MILLRACE_POSTGRES_URL,
    partitions: values.MILLRACE_KAFKA_PARTITIONS ?? 6,
    groupPrefix: values.MILLRACE_KAFKA_GROUP_PREFIX ?? '',
    apiToken: values.MILLRACE_API_TOKEN,
    trustNetwork: values.MILLRACE_TRUST_NETWORK ?? false,
    opsPort: values.MILLRACE_OPS_PORT ?? 0,
    logLevel: values.MILLRACE_LOG_LEVEL ?? 'info',
  };
}

function addressOf(listen: SettingValues['MILLRACE_MQTT_LISTEN']): Settings['mqttListen'] {
  return listen === undefined || listen.off ? undefined : { host: listen.host, port: listen.port };
}

function toKafka(values: SettingValues): KafkaSettings | undefined {
  const {
    MILLRACE_KAFKA_BROKERS: brokers,
    MILLRACE_KAFKA_SASL_MECHANISM: mechanism,
    MILLRACE_KAFKA_TLS_CA: ca,
    MILLRACE_KAFKA_TLS_CERT: cert,
    MILLRACE_KAFKA_TLS_KEY: key,
  } = values;
  if (brokers === undefined) return undefined;
  return {
    brokers,
    sasl:
      mechanism === undefined
        ? undefined
        : {
            mechanism,
            username: values.MILLRACE_KAFKA_SASL_USERNAME ?? '',
            password: values.MILLRACE_KAFKA_SASL_PASSWORD ?? '',
          },
    tls:
      ca === undefined && cert === undefined
        ? undefined
        : { ca: ca === 'system' ? undefined : ca, cert, key },
    topicPrefix: values.MILLRACE_KAFKA_TOPIC_PREFIX ?? '',
    replication: values.MILLRACE_KAFKA_REPLICATION ?? 1,
  };
}

function toInflux(values: SettingValues): InfluxSettings | undefined {
  const { MILLRACE_INFLUX_URL: url, MILLRACE_INFLUX_DATABASE: database } = values;
  if (url === undefined) return undefined;
  if (database !== undefined)
    return {
      version: 1,
      url,
      database,
      username: values.MILLRACE_INFLUX_USERNAME,
      password: values.MILLRACE_INFLUX_PASSWORD,
    };
  return {
    version: 2,
    url,
    token: values.MILLRACE_INFLUX_TOKEN ?? '',
    org: values.MILLRACE_INFLUX_ORG ?? '',
    bucket: values.MILLRACE_INFLUX_BUCKET ?? '',
  };
}
