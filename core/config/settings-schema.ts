import { z } from 'zod';

/** A setting's text -> its value; undefined where the text doesn't fit. `expected` is what a fault says. */
function setting<T>(expected: string, parse: (text: string) => T | undefined) {
  return z.string().transform((text, context): T => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: expected });
    return z.NEVER;
  });
}

const anyText = (expected: string) => setting(expected, (text) => text);

const port = setting('a port from 0 (any free one) to 65535', (text) =>
  /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined,
);

const listenAddress = setting('host:port, [IPv6]:port, or off', (text) => {
  if (text === 'off') return { off: true } as const;
  const [, ipv6, host, digits] =
    /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  if (digits === undefined || Number(digits) > 65_535) return undefined;
  return { off: false, host: ipv6 ?? host ?? '', port: Number(digits) } as const;
});

const mqttUrl = setting('an address such as mqtt://host:1883 or mqtts://host:8883', (text) =>
  /^(mqtts?|wss?|tcp|ssl|tls):\/\/[^/\s]+/.test(text) && URL.canParse(text) ? text : undefined,
);

const pem = setting('PEM text that begins with -----BEGIN, or the path of such a file', (text) =>
  text.trimStart().startsWith('-----BEGIN') ? text : undefined,
);

const partitionCount = setting('a whole number from 1 to 1000', (text) =>
  /^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= 1000 ? Number(text) : undefined,
);

const brokers = setting('host:port, with commas between several', (text) => {
  const addresses = text.split(',').map((address) => address.trim());
  return addresses.every((address) => /^(\[[0-9a-fA-F:.]+\]|[^\s:/,[\]]+):\d{1,5}$/.test(address))
    ? addresses
    : undefined;
});

const saslMechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;
const saslMechanism = setting(`one of ${saslMechanisms.join(', ')}`, (text) =>
  saslMechanisms.find((mechanism) => mechanism === text.toLowerCase()),
);

const urlOf = (example: string, protocols: readonly string[]) =>
  setting(`an address such as ${example}`, (text) =>
    URL.canParse(text) && protocols.includes(new URL(text).protocol)
      ? text.replace(/\/$/, '')
      : undefined,
  );
const httpUrl = (example: string) => urlOf(example, ['http:', 'https:']);
// They have settings of their own, and an address is printed.
const influxUrl = setting(
  'an address such as http://influxdb:8086, without user and password',
  (text) =>
    URL.canParse(text) && /^https?:\/\/[^@]+$/.test(text) ? text.replace(/\/$/, '') : undefined,
);

const replicas = setting('a whole number from 1 to 10', (text) =>
  /^\d{1,2}$/.test(text) && Number(text) >= 1 && Number(text) <= 10 ? Number(text) : undefined,
);

// Kafka's own characters for topics and groups.
const prefix = setting('letters, digits, dots, underscores and dashes', (text) =>
  /^[\w.-]{1,100}$/.test(text) ? text : undefined,
);

const yesOrNo = setting('0 or 1', (text) =>
  text === '1' || text === 'true' ? true : text === '0' || text === 'false' ? false : undefined,
);

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];
const logLevel = setting(`one of ${logLevels.join(', ')}`, (text) =>
  logLevels.includes(text) ? text : undefined,
);

const host = setting('a host name or an IP address, without a port', (text) =>
  /^[^\s/]+$/.test(text) && (!text.includes(':') || /^[0-9a-fA-F:.]+$/.test(text))
    ? text
    : undefined,
);

// A header's value: anything else would be refused by the HTTP server, far from here.
const token = setting('printable ASCII characters without blanks', (text) =>
  /^[\x21-\x7e]+$/.test(text) ? text : undefined,
);

/** What is printed where no default applies. */
const none = 'none';

interface SettingMeta {
  readonly default: string;
  readonly meaning: string;
  readonly secret?: true;
}

/** Every setting of this version: how it reads, what people are told of it. */
export const settingDeclarations = {
  MILLRACE_DATA_DIR: declare(anyText('a folder'), '.millrace', 'embedded log and store'),
  MILLRACE_HOST: declare(host, '127.0.0.1', 'the address that every HTTP server of ours binds'),
  MILLRACE_HTTP_PORT: declare(port, '8080', 'dashboard and API'),
  MILLRACE_WEBHOOK_PORT: declare(port, '8090', 'webhook ingress'),
  MILLRACE_WEBHOOK_TLS_CERT: declare(
    pem,
    none,
    'PEM: the certificate of the webhook ingress; given, it speaks TLS',
  ),
  MILLRACE_WEBHOOK_TLS_KEY: secret(pem, 'PEM: the key of that certificate'),
  MILLRACE_WEBHOOK_TLS_CLIENT_CA: declare(
    pem,
    none,
    "PEM: who signs the senders' certificates, for webhooks that are verified by `mutual-tls`",
  ),
  MILLRACE_MQTT_LISTEN: declare(
    listenAddress,
    '127.0.0.1:1883',
    'own broker; `off` for none, which is the default beside Kafka',
  ),
  MILLRACE_MQTT_WS_LISTEN: declare(
    listenAddress,
    'off',
    'own broker, for MQTT over WebSocket, as 127.0.0.1:8083',
  ),
  MILLRACE_MQTT_URL: declare(mqttUrl, none, 'an outside broker to subscribe to'),
  MILLRACE_MQTT_USERNAME: declare(anyText('a user name'), none, 'for the outside broker'),
  MILLRACE_MQTT_PASSWORD: secret(anyText('a password'), 'for the outside broker'),
  MILLRACE_MQTT_CA: declare(pem, none, "PEM: who signs the outside broker's certificate"),
  MILLRACE_MQTT_CERT: declare(pem, none, 'PEM: our certificate for the outside broker'),
  MILLRACE_MQTT_KEY: secret(pem, 'PEM: the key of that certificate'),
  MILLRACE_MQTT_CLIENT_ID: declare(
    anyText('a client id'),
    none,
    'the client id at the outside broker, another for each instance; absent, one is made and kept in the data folder',
  ),
  MILLRACE_KAFKA_BROKERS: declare(brokers, none, 'host:port,...; absent: the embedded log'),
  MILLRACE_KAFKA_SASL_MECHANISM: declare(
    saslMechanism,
    none,
    `how we sign in at Kafka: ${saslMechanisms.join(', ')}`,
  ),
  MILLRACE_KAFKA_SASL_USERNAME: declare(anyText('a user name'), none, 'for Kafka'),
  MILLRACE_KAFKA_SASL_PASSWORD: secret(anyText('a password'), 'for Kafka'),
  MILLRACE_KAFKA_TLS_CA: declare(
    setting('PEM text, the path of such a file, or system', (text) =>
      text === 'system' || text.trimStart().startsWith('-----BEGIN') ? text : undefined,
    ),
    none,
    "PEM: who signs the brokers' certificates; `system`: those whom this machine trusts; given, TLS is used",
  ),
  MILLRACE_KAFKA_TLS_CERT: declare(pem, none, 'PEM: our certificate for Kafka'),
  MILLRACE_KAFKA_TLS_KEY: secret(pem, 'PEM: the key of that certificate'),
  MILLRACE_KAFKA_TOPIC_PREFIX: declare(prefix, none, "put before the topics' names at Kafka"),
  MILLRACE_KAFKA_PARTITIONS: declare(
    partitionCount,
    '6',
    'partitions of the topics with readings, on either log',
  ),
  MILLRACE_KAFKA_GROUP_PREFIX: declare(prefix, none, 'put before the names of consumer groups'),
  MILLRACE_KAFKA_REPLICATION: declare(replicas, '1', 'replicas of each topic at Kafka'),
  MILLRACE_SCHEMA_REGISTRY_URL: declare(
    httpUrl('http://registry:8081'),
    none,
    'Confluent-compatible; absent: the built-in one',
  ),
  MILLRACE_INFLUX_URL: declare(influxUrl, none, 'absent: history in SQLite'),
  MILLRACE_INFLUX_TOKEN: secret(token, 'InfluxDB 2.x: may write and read the bucket'),
  MILLRACE_INFLUX_ORG: declare(anyText('an organization'), none, 'InfluxDB 2.x'),
  MILLRACE_INFLUX_BUCKET: declare(anyText('a bucket'), none, 'InfluxDB 2.x'),
  MILLRACE_INFLUX_DATABASE: declare(anyText('a database'), none, 'InfluxDB 1.x'),
  MILLRACE_INFLUX_USERNAME: declare(anyText('a user name'), none, 'InfluxDB 1.x'),
  MILLRACE_INFLUX_PASSWORD: secret(anyText('a password'), 'InfluxDB 1.x'),
  MILLRACE_POSTGRES_URL: secret(
    urlOf('postgres://user:password@host:5432/database', ['postgres:', 'postgresql:']),
    'absent: SQLite',
  ),
  MILLRACE_API_TOKEN: secret(
    token,
    'bearer token for API and live feed; none is needed on loopback',
  ),
  MILLRACE_TRUST_NETWORK: declare(
    yesOrNo,
    '0',
    '1: no credentials asked on other addresses (a container network)',
  ),
  MILLRACE_OPS_PORT: declare(
    port,
    '9464',
    '`/livez`, `/readyz`, `/metrics` of a service that runs alone',
  ),
  MILLRACE_LOG_LEVEL: declare(logLevel, 'info', 'pino level'),
};

/** One row a setting, for the table in the README. */
export const settingsTable: readonly { name: string; default: string; meaning: string }[] =
  Object.entries(settingDeclarations).map(([name, { meta }]) => ({
    name,
    default: meta.default,
    meaning: meta.meaning,
  }));

function declare<S extends z.ZodType>(schema: S, defaultText: string, meaning: string) {
  const meta: SettingMeta = { default: defaultText, meaning };
  return { schema, meta };
}

function secret<S extends z.ZodType>(schema: S, meaning: string) {
  const meta: SettingMeta = { default: none, meaning, secret: true };
  return { schema, meta };
}
