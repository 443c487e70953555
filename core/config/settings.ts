/** A Kafka cluster as the log. */
export interface KafkaSettings {
  /** `host:port`. */
  readonly brokers: readonly string[];
  readonly sasl:
    | {
        readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
        readonly username: string;
        readonly password: string;
      }
    | undefined;
  /** Undefined: no TLS. PEM texts; a `ca` that is undefined: those whom this machine trusts. */
  readonly tls:
    | {
        readonly ca: string | undefined;
        readonly cert: string | undefined;
        readonly key: string | undefined;
      }
    | undefined;
  /** Before the name of each topic and transactional id; may be empty. */
  readonly topicPrefix: string;
  readonly replication: number;
}

/** Where history is kept instead of SQLite. */
export type InfluxSettings =
  | {
      readonly version: 2;
      /** Without a slash at its end. */
      readonly url: string;
      readonly token: string;
      readonly org: string;
      readonly bucket: string;
    }
  | {
      readonly version: 1;
      readonly url: string;
      readonly database: string;
      readonly username: string | undefined;
      readonly password: string | undefined;
    };

/** Settings by environment; README.md has their names. Read once at start by `read-settings.ts`. */
export interface Settings {
  readonly dataDir: string;
  readonly host: string;
  readonly httpPort: number;
  readonly webhookPort: number;
  /** Undefined: plain HTTP. PEM texts; without `clientCa` no sender is asked for a certificate. */
  readonly webhookTls:
    | { readonly cert: string; readonly key: string; readonly clientCa: string | undefined }
    | undefined;
  /** Where our own broker listens; it is none when both this and `mqttWsListen` are undefined. */
  readonly mqttListen: { readonly host: string; readonly port: number } | undefined;
  /** Where our own broker takes MQTT over WebSocket. */
  readonly mqttWsListen: { readonly host: string; readonly port: number } | undefined;
  readonly mqtt:
    | {
        readonly url: string;
        readonly username: string | undefined;
        readonly password: string | undefined;
        /** PEM texts. */
        readonly ca: string | undefined;
        readonly cert: string | undefined;
        readonly key: string | undefined;
        readonly clientId: string | undefined;
      }
    | undefined;
  /** Undefined: the embedded log. */
  readonly kafka: KafkaSettings | undefined;
  /** Undefined: the built-in registry alone. */
  readonly schemaRegistryUrl: string | undefined;
  /** Undefined: history in SQLite. */
  readonly influx: InfluxSettings | undefined;
  /** Undefined: latest, dead letters and registers in SQLite. Holds a password. */
  readonly postgresUrl: string | undefined;
  readonly partitions: number;
  readonly groupPrefix: string;
  readonly apiToken: string | undefined;
  readonly trustNetwork: boolean;
  readonly opsPort: number;
  readonly logLevel: string;
}
