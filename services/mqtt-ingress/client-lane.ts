import type { Duplex } from 'node:stream';
import type { Client } from 'aedes';
import { AckWindow } from './ack-window.ts';
import type { Intake } from './intake.ts';
import type { PacketOrigin } from './intake-batch.ts';
import { maxPacketBytes, type Packet } from './packet.ts';
import { SocketGate } from './socket-gate.ts';

/** Packets and payload bytes of one connection that wait for the log; past either its socket is not read. */
const maxHeldPackets = 2_000;
const maxHeldBytes = 1024 * 1024;

export interface LaneOptions {
  readonly client: Client;
  readonly intake: Intake;
  /** Our own broker. */
  readonly origin: PacketOrigin;
  readonly shutLanes: Set<ClientLane>;
}

/** aedes' answer to a PUBLISH: without an error it acknowledges and forwards, with one it drops the connection. */
export type Answer = (error?: Error | null) => void;

/**
 * One connection of our own broker: what it is owed, in order, and the gate before its socket. The bound holds for
 * every QoS: a QoS 0 packet waits for the log like any other, and only then goes on to subscribers.
 */
export class ClientLane {
  readonly #intake: Intake;
  readonly #origin: PacketOrigin;
  readonly #gate: SocketGate;
  readonly #window: AckWindow;
  readonly #shutLanes: Set<ClientLane>;

  /** The lane puts itself among `shutLanes` while its gate is shut; someone must then {@link reconsider} it. */
  constructor(socket: Duplex, { client, intake, origin, shutLanes }: LaneOptions) {
    this.#intake = intake;
    this.#origin = origin;
    this.#shutLanes = shutLanes;
    this.#gate = new SocketGate(socket, () => {
      if (unparsedBytes(client) > maxPacketBytes) socket.destroy();
    });
    this.#window = new AckWindow({ onFailed: () => socket.destroy() });
    socket.once('close', () => shutLanes.delete(this));
    if (intake.full) this.shut();
  }

  get isShut(): boolean {
    return this.#gate.isShut;
  }

  get heldPackets(): number {
    return this.#window.size;
  }

  take(packet: Packet, answer: Answer): void {
    const { length } = packet.payload;
    // ACK: our broker's PUBACK (QoS 1) or PUBREC (QoS 2) goes out of this callback.
    const arrival = this.#window.hold(() => answer(null), length);
    this.#intake.take(packet, arrival, this.#origin);
    if (this.#isOver(maxHeldPackets, maxHeldBytes)) this.shut();
  }

  /** Reads again when half of what shut the gate is gone. */
  reconsider(): void {
    if (this.#isOver(maxHeldPackets / 2, maxHeldBytes / 2)) return;
    this.#shutLanes.delete(this);
    this.#gate.open();
  }

  /** Reads nothing more until it is reconsidered. */
  shut(): void {
    this.#gate.shut();
    this.#shutLanes.add(this);
  }

  #isOver(packets: number, bytes: number): boolean {
    return this.#window.size > packets || this.#window.bytes > bytes || this.#intake.full;
  }
}

/** What aedes' parser (mqtt-packet 9) has of a packet that is not whole yet; it sets no limit of its own. */
function unparsedBytes(client: Client): number {
  const { _parser: parser } = client as Client & { _parser?: { _list?: { length: number } } };
  return parser?._list?.length ?? 0;
}
