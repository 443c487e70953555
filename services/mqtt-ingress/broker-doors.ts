import type { Duplex } from 'node:stream';
import { MillraceError } from '../../core/errors.ts';
import type { Events } from '../../core/events.ts';
import { isLoopback } from '../../core/loopback.ts';
import type { ListenerOptions, MqttListener } from './mqtt-listener.ts';
import { tcpListener } from './tcp-listener.ts';
import { webSocketListener } from './web-socket-listener.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface BrokerDoorsOptions {
  /** By TCP; not at all when absent. */
  readonly address: Address | undefined;
  /** By WebSocket; not at all when absent. */
  readonly webSocketAddress: Address | undefined;
  /** Clients have to sign in. */
  readonly hasUsers: boolean;
  readonly trustNetwork: boolean;
  /** Of each of the two. */
  readonly maxConnections: number;
  readonly onConnection: (stream: Duplex) => void;
  readonly events: Events;
}

/** Where clients come in at our own broker. */
export class BrokerDoors {
  readonly #options: BrokerDoorsOptions;
  readonly #tcp: MqttListener | undefined;
  readonly #webSocket: MqttListener | undefined;

  constructor(options: BrokerDoorsOptions) {
    const { address, webSocketAddress, hasUsers } = options;
    this.#options = options;
    this.#tcp = address && tcpListener(this.#listenAt(address));
    this.#webSocket =
      webSocketAddress &&
      webSocketListener({ ...this.#listenAt(webSocketAddress), isOpen: !hasUsers });
  }

  /** Throws `ADDRESS_UNPROTECTED` where others would get in without a word. */
  check(): void {
    this.#refuseUnprotected(this.#options.address, 'MILLRACE_MQTT_LISTEN');
    this.#refuseUnprotected(this.#options.webSocketAddress, 'MILLRACE_MQTT_WS_LISTEN');
  }

  /** Throws `PORT_TAKEN` and `SETTING_INVALID`, with all of them closed. Returns the addresses, for people. */
  async open(): Promise<string[]> {
    try {
      for (const listener of this.#listeners) await listener.listen();
    } catch (error) {
      this.close();
      throw error;
    }
    return this.#listeners.map(({ address }) => address);
  }

  /** Lets nobody more in; who is in stays. */
  close(): void {
    for (const listener of this.#listeners) listener.close();
  }

  /** By TCP. */
  get port(): number | undefined {
    return this.#tcp?.port;
  }

  get webSocketPort(): number | undefined {
    return this.#webSocket?.port;
  }

  get #listeners(): MqttListener[] {
    return [this.#tcp, this.#webSocket].filter((listener) => listener !== undefined);
  }

  #listenAt({ host, port }: Address): ListenerOptions {
    const { maxConnections, onConnection, events } = this.#options;
    const onError = (error: Error) => events.error('mqtt.server-error', { error });
    return { host, port, maxConnections, onConnection, onError };
  }

  #refuseUnprotected(address: Address | undefined, setting: string): void {
    const { hasUsers, trustNetwork } = this.#options;
    if (!address || isLoopback(address.host) || trustNetwork || hasUsers) return;
    throw new MillraceError(
      'ADDRESS_UNPROTECTED',
      `The MQTT broker would take packets from everyone who reaches ${address.host}. Give mqtt.users in the configuration, bind to 127.0.0.1 with ${setting}, or say that the network can be trusted with MILLRACE_TRUST_NETWORK=1.`,
    );
  }
}
