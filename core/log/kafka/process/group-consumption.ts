import type { Kafka } from 'kafkajs';
import type { Events } from '../../../events.ts';
import type { Consumption } from '../../event-log.ts';
import { GroupMember, type GroupOffset } from '../group/group-member.ts';
import type { Shares } from '../group/shares.ts';
import { endLater, Poller } from '../read/poller.ts';
import { placeOf, type TopicPartition } from '../read/with-leaders.ts';
import { KafkaCluster } from '../wire/kafka-cluster.ts';
import type { PartitionLoop } from './partition-loop.ts';

export interface GroupConsumptionOptions {
  readonly kafka: Kafka;
  readonly asking: KafkaCluster;
  readonly groupId: string;
  /** As the cluster has them. */
  readonly topics: readonly string[];
  readonly sharesOf: (topics: readonly string[]) => Promise<Shares>;
  /** Takes the partitions of one share forward. */
  readonly startLoop: (partitions: readonly TopicPartition[], poller: Poller) => PartitionLoop;
  /** New records may wait so long for others. */
  readonly lingerMs: number;
  /** Offsets are committed to the group so often, and when partitions go. */
  readonly commitIntervalMs: number;
  readonly events: Events | undefined;
}

/** One call of `process` or `consume`: a member of its group, with a loop for each share that it is assigned. */
export class GroupConsumption implements Consumption {
  readonly #options: GroupConsumptionOptions;
  readonly #cluster: KafkaCluster;
  readonly #poller: Poller;
  readonly #member: GroupMember;
  readonly #offsets = new Map<string, GroupOffset>();
  readonly #timer: NodeJS.Timeout;
  #loops: PartitionLoop[] = [];
  #stopping: Promise<void> | undefined;

  constructor(options: GroupConsumptionOptions) {
    const { asking, commitIntervalMs, events, groupId, kafka, sharesOf, topics } = options;
    this.#options = options;
    this.#cluster = new KafkaCluster(kafka);
    this.#poller = new Poller({
      polling: this.#cluster,
      asking,
      events,
      lingerMs: options.lingerMs,
    });
    this.#timer = setInterval(() => void this.#commit(), commitIntervalMs);
    this.#member = new GroupMember({
      ...{ cluster: this.#cluster, groupId, topics, sharesOf, events },
      onAssigned: (shares) => {
        if (this.#stopping) return;
        for (const partitions of shares.values())
          this.#loops.push(options.startLoop(partitions, this.#poller));
      },
      onRevoked: () => this.#revoke(),
    });
  }

  /** To be committed to the group with the next commit. */
  noteOffset(offset: GroupOffset): void {
    this.#offsets.set(placeOf(offset), offset);
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    clearInterval(this.#timer);
    // The member goes on with its heartbeats until what is in hand is done.
    await this.#revoke();
    await this.#member.stop();
    endLater(this.#poller, this.#cluster);
  }

  async #revoke(): Promise<void> {
    const loops = this.#loops;
    this.#loops = [];
    await Promise.all(loops.map((loop) => loop.stop()));
    await this.#commit();
    // They may be others' from now on.
    this.#offsets.clear();
  }

  /** Never rejects: what isn't committed is only repeated, or told to people a little later. */
  async #commit(): Promise<void> {
    if (this.#offsets.size === 0) return;
    const offsets = [...this.#offsets.values()];
    this.#offsets.clear();
    try {
      await this.#member.commit(offsets);
    } catch (error) {
      // A newer offset may have come meanwhile.
      for (const offset of offsets)
        if (!this.#offsets.has(placeOf(offset))) this.#offsets.set(placeOf(offset), offset);
      this.#options.events?.debug('log.group-offsets-failed', {
        message: `Offsets of group ${this.#options.groupId} are committed a little later`,
        error,
      });
    }
  }
}
