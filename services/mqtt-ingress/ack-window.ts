/** What an intake tells the one who handed a packet in; exactly one of the two, once. */
export interface Arrival {
  /** The packet's records are durable (or it has none). */
  accepted(): void;
  /** They may not be: the packet must not be acknowledged. */
  failed(error: Error): void;
}

export interface AckWindowOptions {
  /** Called when a held packet failed. The window is of no use after it: whoever owns it closes the connection. */
  readonly onFailed: (error: Error) => void;
}

/**
 * The acknowledgements that one connection owes, in the order in which the packets came: MQTT 3.1.1 and 5, section 4.6
 * ("MUST send PUBACK packets in the order in which the corresponding PUBLISH packets were received").
 * Each goes out when its packet and all before it are accepted. Pure: no I/O, no clock.
 */
export class AckWindow {
  #head: HeldAck | undefined;
  #tail: HeldAck | undefined;
  #size = 0;
  #bytes = 0;
  #discarded = false;
  readonly #options: AckWindowOptions;

  constructor(options: AckWindowOptions) {
    this.#options = options;
  }

  /** Packets that wait. */
  get size(): number {
    return this.#size;
  }

  /** Payload bytes of the packets that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Call it in the order of arrival. `acknowledge` is called at most once, and never after {@link discard}. */
  hold(acknowledge: () => void, bytes: number): Arrival {
    const held = new HeldAck(this, acknowledge, bytes);
    if (this.#tail) this.#tail.next = held;
    else this.#head = held;
    this.#tail = held;
    this.#size++;
    this.#bytes += bytes;
    return held;
  }

  /** The connection is gone, and what is owed on it is void: the sender has those packets still (clause 4.4). */
  discard(): void {
    this.#discarded = true;
    this.#head = this.#tail = undefined;
    this.#size = this.#bytes = 0;
  }

  /** Of a held acknowledgement only. */
  release(): void {
    if (this.#discarded || !this.#head?.settled) return;
    for (let held: HeldAck | undefined = this.#head; held?.settled; held = this.#head) {
      this.#head = held.next;
      if (!this.#head) this.#tail = undefined;
      this.#size--;
      this.#bytes -= held.bytes;
      // ACK: the packet's records, and those of every packet before it on this connection, are durable.
      held.acknowledge();
    }
  }

  /** Of a held acknowledgement only. */
  fail(error: Error): void {
    if (!this.#discarded) this.#options.onFailed(error);
  }
}

class HeldAck implements Arrival {
  readonly acknowledge: () => void;
  readonly bytes: number;
  readonly #window: AckWindow;
  settled = false;
  next: HeldAck | undefined;

  constructor(window: AckWindow, acknowledge: () => void, bytes: number) {
    this.#window = window;
    this.acknowledge = acknowledge;
    this.bytes = bytes;
  }

  accepted(): void {
    this.settled = true;
    this.#window.release();
  }

  failed(error: Error): void {
    this.#window.fail(error);
  }
}
