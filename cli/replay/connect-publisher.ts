import { MillraceError } from '../../core/errors.ts';

export interface PublisherOptions {
  /** `mqtt://host:port` or `mqtts://...`; user and password may stand in it. */
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Packets that may be unacknowledged at a time; `publish` waits beyond it. 1,000 when absent. */
  readonly window?: number | undefined;
  /** How long the first connection may take; 10 s when absent. Later ones are tried for ever. */
  readonly connectTimeoutMs?: number | undefined;
}

/** Publishes with QoS 1. What the broker has not acknowledged is sent again after a reconnect. */
export interface Publisher {
  /** Undefined when there is room for another at once, else a promise of room. */
  publish(topic: string, payload: string | Buffer): Promise<void> | undefined;
  readonly sent: number;
  readonly acknowledged: number;
  /** Resolves when everything is acknowledged, or when `quietMs` have passed without an acknowledgement. */
  drain(quietMs: number): Promise<void>;
  close(): Promise<void>;
}

/** Rejects with `BROKER_UNREACHABLE` or `BROKER_REFUSED`. */
export async function connectPublisher(options: PublisherOptions): Promise<Publisher> {
  const mqtt = await import('mqtt');
  const client = mqtt.connect(options.url, {
    ...(options.username === undefined ? {} : { username: options.username }),
    ...(options.password === undefined ? {} : { password: options.password }),
    connectTimeout: options.connectTimeoutMs ?? 10_000,
    reconnectPeriod: 500,
  });
  // Without a listener an error of a later reconnect would end the process.
  client.on('error', () => undefined);
  await firstConnection(client, options);

  const window = options.window ?? 1000;
  let sent = 0;
  let acknowledged = 0;
  let wakers: (() => void)[] = [];
  const wake = () => {
    const waiting = wakers;
    wakers = [];
    for (const waker of waiting) waker();
  };
  const onAcknowledged = (error?: Error | null) => {
    if (!error) acknowledged++;
    wake();
  };
  const progress = () => new Promise<void>((resolve) => wakers.push(resolve));
  const room = async () => {
    while (sent - acknowledged >= window && !client.disconnecting) await progress();
  };
  return {
    publish(topic, payload) {
      sent++;
      client.publish(topic, payload, { qos: 1 }, onAcknowledged);
      return sent - acknowledged >= window ? room() : undefined;
    },
    get sent() {
      return sent;
    },
    get acknowledged() {
      return acknowledged;
    },
    async drain(quietMs) {
      while (acknowledged < sent) {
        const before = acknowledged;
        const timer = setTimeout(wake, quietMs);
        await progress();
        clearTimeout(timer);
        if (acknowledged === before) return;
      }
    },
    async close() {
      const done = client.endAsync(acknowledged < sent);
      wake();
      await done;
    },
  };
}

type MqttClient = Awaited<ReturnType<typeof import('mqtt')['connectAsync']>>;

function firstConnection(client: MqttClient, { url, connectTimeoutMs }: PublisherOptions) {
  const { host } = new URL(url);
  return new Promise<void>((resolve, reject) => {
    let last: Error | undefined;
    const fail = (refused: boolean) => {
      client.end(true);
      reject(
        refused
          ? new MillraceError('BROKER_REFUSED', `The broker at ${host} refused us.`, {
              cause: last,
            })
          : new MillraceError(
              'BROKER_UNREACHABLE',
              `No MQTT broker answers at ${host}. Is millrace up running there? --url names another.`,
              { cause: last },
            ),
      );
    };
    const timer = setTimeout(() => fail(false), connectTimeoutMs ?? 10_000);
    client.on('error', (error) => {
      last = error;
      const code: unknown = 'code' in error ? error.code : undefined;
      // A number is a CONNACK that says no: trying again would say the same.
      if (typeof code !== 'number' && code !== 'ECONNREFUSED') return;
      clearTimeout(timer);
      fail(typeof code === 'number');
    });
    client.once('connect', () => {
      clearTimeout(timer);
      client.removeAllListeners('error');
      client.on('error', () => undefined);
      resolve();
    });
  });
}
