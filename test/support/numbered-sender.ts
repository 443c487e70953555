import { randomUUID } from 'node:crypto';
import mqtt, { type MqttClient } from 'mqtt';

/** What the sender knows: the only list that a crash test believes. */
export interface SenderList {
  readonly sent: number;
  /** Numbers whose PUBACK came, in the order they were published. */
  readonly acknowledged: readonly number[];
}

export interface NumberedSender {
  /** Publishes the next `count` numbers; resolves when each is acknowledged, over as many reconnects as it takes. */
  send(count: number): Promise<void>;
  readonly list: SenderList;
  close(): Promise<void>;
}

export interface SenderOptions {
  readonly port: number;
  readonly meters: number;
  /** Most unacknowledged publishes at a time. */
  readonly window: number;
  /** The payload of a number; the default is `{"at": micros, "n": number}`. */
  readonly payload?: (n: number) => string;
}

/** A device that keeps what was not acknowledged and sends it again after a reconnect, as QoS 1 asks (MQTT 3.1.1, 4.4). */
export async function openNumberedSender(options: SenderOptions): Promise<NumberedSender> {
  const startedMicros = Date.now() * 1000;
  const payload = options.payload ?? ((n) => JSON.stringify({ at: startedMicros + n, n }));
  const client: MqttClient = await mqtt.connectAsync(`mqtt://127.0.0.1:${options.port}`, {
    clientId: `numbered-${randomUUID()}`,
    clean: false,
    reconnectPeriod: 50,
    connectTimeout: 5000,
    keepalive: 10,
  });
  client.on('error', () => undefined);
  const acknowledged: number[] = [];
  let sent = 0;

  async function publishNext(): Promise<void> {
    const n = sent++;
    await client.publishAsync(`meters/m${n % options.meters}`, payload(n), { qos: 1 });
    acknowledged.push(n);
  }

  return {
    async send(count) {
      const end = sent + count;
      const lane = async () => {
        while (sent < end) await publishNext();
      };
      await Promise.all(Array.from({ length: options.window }, lane));
    },
    get list() {
      return { sent, acknowledged };
    },
    close: () => client.endAsync(true),
  };
}
