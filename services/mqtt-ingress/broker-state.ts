import type { Aedes, Subscription } from 'aedes';
import type { IngressMetrics } from './ingress-metrics.ts';
import type { MqttDb, RetainedPacket } from './mqtt-db.ts';

/** Of aedes-persistence 11, which aedes 1.2 makes for itself in memory: what is called and wrapped here. */
interface BrokerMemory {
  storeRetained(packet: RetainedPacket & { cmd: 'publish'; retain: true }): Promise<void>;
  addSubscriptions(client: { id: string }, filters: Subscription[]): Promise<void>;
  removeSubscriptions(client: { id: string }, filters: string[]): Promise<void>;
  cleanSubscriptions(client: { id: string }): Promise<void>;
  subscriptionsByTopic(topic: string): Promise<unknown[]>;
  countOffline(): Promise<{ subsCount: number }>;
  outgoingEnqueueCombi(sessions: { clientId: string }[], packet: QueuedPacket): Promise<void>;
  outgoingUpdate(client: { id: string }, packet: QueuedPacket): Promise<void>;
  outgoingClearMessageId(
    client: { id: string },
    packet: unknown,
  ): Promise<QueuedPacket | undefined>;
}

interface QueuedPacket {
  readonly payload: Buffer;
}

const maxRetained = 100_000;
const maxRetainedBytes = 64 * 1024 * 1024;
/** Of all lasting sessions together; they stay until their client ends its session. */
const defaultMaxLastingFilters = 50_000;
/** For each lasting session, as other brokers do by default. */
const maxQueuedPackets = 1_000;
const maxQueuedBytes = 64 * 1024 * 1024;

/**
 * Gives aedes' memory a memory of its own: retained packets and the subscriptions of lasting sessions survive a
 * restart, kill -9 included. Bounds what it holds: past 50,000 filters lasting sessions get no more; retained packets past 100,000 or 64 MiB are forwarded and not
 * retained; a lasting session's queue past 1,000 packets (all together 64 MiB) takes no more. Both are counted.
 * Packets queued for a session that is away are in memory only.
 */
export class BrokerState {
  readonly #db: MqttDb;
  readonly #metrics: IngressMetrics;
  readonly #retainedBytes = new Map<string, number>();
  readonly #queued = new Map<string, number>();
  #allRetainedBytes = 0;
  #queuedBytes = 0;
  /** Of QoS 1 and 2 only: those that packets are queued for. */
  #lastingFilters = 0;
  #savedFilters = 0;
  readonly #maxLastingFilters: number;

  constructor(
    db: MqttDb,
    metrics: IngressMetrics,
    maxLastingFilters: number = defaultMaxLastingFilters,
  ) {
    this.#maxLastingFilters = maxLastingFilters;
    this.#db = db;
    this.#metrics = metrics;
  }

  /** Before the broker listens. */
  async restore(broker: Aedes): Promise<void> {
    const { persistence: memory } = broker as Aedes & { persistence: BrokerMemory };
    for (const packet of this.#db.retained()) {
      this.#note(packet.topic, packet.payload.length);
      await memory.storeRetained({ ...packet, cmd: 'publish', retain: true });
    }
    for (const { clientId, filter, qos } of this.#db.sessions()) {
      await memory.addSubscriptions({ id: clientId }, [{ topic: filter, qos }]);
    }
    this.#savedFilters = this.#db.countSessionFilters();
    this.#keepRetained(memory);
    await this.#keepSessions(memory);
    this.#boundQueues(memory);
  }

  /** Saves what may be retained; called with packets that the log has, before they are acknowledged. */
  saveRetained(packets: readonly RetainedPacket[]): void {
    const admitted = packets.filter(({ topic, payload }) => this.#admit(topic, payload.length));
    this.#db.saveRetained(admitted);
    for (const { topic, payload } of admitted) this.#note(topic, payload.length);
  }

  /** False: a lasting session may follow nothing more; its SUBACK says so (MQTT 3.1.1, 3.9.3: 0x80). */
  get takesFilters(): boolean {
    return this.#savedFilters < this.#maxLastingFilters;
  }

  #admit(topic: string, bytes: number): boolean {
    if (bytes === 0) return true;
    const before = this.#retainedBytes.get(topic);
    const fits =
      (before !== undefined || this.#retainedBytes.size < maxRetained) &&
      this.#allRetainedBytes - (before ?? 0) + bytes <= maxRetainedBytes;
    if (!fits) this.#metrics.countRetainedRefused();
    return fits;
  }

  #note(topic: string, bytes: number): void {
    this.#allRetainedBytes += bytes - (this.#retainedBytes.get(topic) ?? 0);
    if (bytes === 0) this.#retainedBytes.delete(topic);
    else this.#retainedBytes.set(topic, bytes);
  }

  #keepRetained(memory: BrokerMemory): void {
    const store = memory.storeRetained.bind(memory);
    memory.storeRetained = async (packet) => {
      // What was not saved is not shown to later subscribers either; a copy, or it would hold its whole socket read.
      const bytes = packet.payload.length;
      if (bytes === 0 || this.#retainedBytes.get(packet.topic) !== undefined) {
        await store({ ...packet, payload: Buffer.from(packet.payload) });
      }
    };
  }

  async #keepSessions(memory: BrokerMemory): Promise<void> {
    const count = async () => {
      this.#lastingFilters = (await memory.countOffline()).subsCount;
    };
    const add = memory.addSubscriptions.bind(memory);
    memory.addSubscriptions = async (client, filters) => {
      this.#db.saveSessionFilters(
        filters.map(({ topic, qos }) => ({ clientId: client.id, filter: topic, qos })),
      );
      this.#savedFilters = this.#db.countSessionFilters();
      await add(client, filters);
      await count();
    };
    const remove = memory.removeSubscriptions.bind(memory);
    memory.removeSubscriptions = async (client, filters) => {
      this.#savedFilters -= this.#db.deleteSessionFilters(client.id, filters);
      await remove(client, filters);
      await count();
    };
    const clean = memory.cleanSubscriptions.bind(memory);
    memory.cleanSubscriptions = async (client) => {
      // Every client that connects with a clean session comes by here: nothing is counted anew.
      this.#savedFilters -= this.#db.deleteSession(client.id);
      await clean(client);
      await count();
    };
    // Asked for every packet; mostly no session lasts, and then there is nothing to look up.
    const match = memory.subscriptionsByTopic.bind(memory);
    const nobody = Promise.resolve([]);
    memory.subscriptionsByTopic = (topic) => (this.#lastingFilters > 0 ? match(topic) : nobody);
    await count();
  }

  #boundQueues(memory: BrokerMemory): void {
    const none = Promise.resolve();
    const enqueue = memory.outgoingEnqueueCombi.bind(memory);
    memory.outgoingEnqueueCombi = (sessions, packet) => {
      if (sessions.length === 0) return none;
      const admitted = sessions.filter(({ clientId }) => this.#mayQueue(clientId, packet));
      this.#metrics.countQueueDropped(sessions.length - admitted.length);
      return enqueue(admitted, packet);
    };
    const update = memory.outgoingUpdate.bind(memory);
    // A packet that its session's queue did not take is delivered all the same, at most once.
    memory.outgoingUpdate = (client, packet) => update(client, packet).catch(() => undefined);
    const clear = memory.outgoingClearMessageId.bind(memory);
    memory.outgoingClearMessageId = async (client, packet) => {
      const cleared = await clear(client, packet);
      if (cleared) this.#countQueued(client.id, -1, -cleared.payload.length);
      return cleared;
    };
  }

  #mayQueue(clientId: string, packet: QueuedPacket): boolean {
    const fits =
      (this.#queued.get(clientId) ?? 0) < maxQueuedPackets && this.#queuedBytes < maxQueuedBytes;
    if (fits) this.#countQueued(clientId, 1, packet.payload.length);
    return fits;
  }

  #countQueued(clientId: string, packets: number, bytes: number): void {
    const left = (this.#queued.get(clientId) ?? 0) + packets;
    if (left > 0) this.#queued.set(clientId, left);
    else this.#queued.delete(clientId);
    this.#queuedBytes += bytes;
  }
}
