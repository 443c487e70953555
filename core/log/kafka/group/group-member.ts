import { Backoff } from '../../../backoff.ts';
import type { Events } from '../../../events.ts';
import { pause } from '../../../pause.ts';
import { kafkaErrorType } from '../kafka-errors.ts';
import type { TopicPartition } from '../read/with-leaders.ts';
import type { KafkaCluster } from '../wire/kafka-cluster.ts';
import type { KafkaBroker } from '../wire/kafkajs-shapes.ts';
import { encodeMembership, planAssignments, sharesIn } from './group-protocol.ts';
import type { Shares } from './shares.ts';

/** A member that is not heard of for so long has its partitions given to others. */
const sessionTimeoutMs = 10_000;
/** At a rebalance members have so long to finish what they have in hand. */
const rebalanceTimeoutMs = 15_000;
/** Heartbeats bring the news of a rebalance, so they are its pace. */
const heartbeatMs = 300;
/** A stop waits so long at most for others to rejoin a rebalance under way. */
const stopWithinMs = 5000;
/** So many failures in a row, some seconds, are no rebalance and no broker that starts again: people should know. */
const failuresToSay = 8;
const protocolName = 'millrace-sticky';

export interface GroupMemberOptions {
  /** Of its own: a broker that waits for the other members holds up everything on the connection. */
  readonly cluster: KafkaCluster;
  readonly groupId: string;
  readonly topics: readonly string[];
  /** What a member that reads these topics can take. */
  readonly sharesOf: (topics: readonly string[]) => Promise<Shares>;
  readonly onAssigned: (partitions: ReadonlyMap<string, readonly TopicPartition[]>) => void;
  /** Resolves when nothing is under way any more. */
  readonly onRevoked: () => Promise<void>;
  readonly events: Events | undefined;
}

export interface GroupOffset extends TopicPartition {
  readonly nextOffset: number;
}

/**
 * A member of a consumer group by the classic protocol (join, sync, heartbeat): kafkajs's consumer couples it with
 * fetching and offsets in ways that break this driver's rules. All members stop at a rebalance before they rejoin.
 */
export class GroupMember {
  readonly #options: GroupMemberOptions;
  readonly #stopping = new AbortController();
  readonly #backoff = new Backoff({ firstMs: 50, maxMs: 2000 });
  readonly #running: Promise<void>;
  #failures = 0;
  #memberId = '';
  #generationId = -1;
  #owned: readonly string[] = [];

  constructor(options: GroupMemberOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** Resolves when what it has in hand is done and the group knows that it left. The cluster is the caller's to close. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const { groupId, onRevoked } = this.#options;
    await onRevoked();
    await Promise.race([this.#running, timer(stopWithinMs)]);
    const memberId = this.#memberId;
    if (memberId !== '') {
      const left = this.#coordinator().then((broker) => broker.leaveGroup({ groupId, memberId }));
      await Promise.race([left.catch(() => undefined), timer(1000)]);
    }
  }

  /** The group's offsets, as this member of this generation. Rejects when it is no longer one. */
  async commit(offsets: readonly GroupOffset[]): Promise<void> {
    if (offsets.length === 0 || this.#memberId === '') return;
    const broker = await this.#coordinator();
    const byTopic = Map.groupBy(offsets, ({ topic }) => topic);
    await broker.offsetCommit({
      groupId: this.#options.groupId,
      groupGenerationId: this.#generationId,
      memberId: this.#memberId,
      topics: [...byTopic].map(([topic, rows]) => ({
        topic,
        partitions: rows.map(({ partition, nextOffset }) => ({
          partition,
          offset: `${nextOffset}`,
        })),
      })),
    });
  }

  #coordinator(): Promise<KafkaBroker> {
    return this.#options.cluster.coordinator('group', this.#options.groupId);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#joinAndServe();
      } catch (error) {
        await this.#afterError(error);
      }
    }
  }

  async #joinAndServe(): Promise<void> {
    const { groupId, onAssigned, sharesOf, topics } = this.#options;
    const broker = await this.#coordinator();
    const joined = await broker.joinGroup({
      groupId,
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: rebalanceTimeoutMs,
      memberId: this.#memberId,
      groupProtocols: [{ name: protocolName, metadata: encodeMembership(topics, this.#owned) }],
    });
    this.#memberId = joined.memberId;
    this.#generationId = joined.generationId;
    const isLeader = joined.leaderId === joined.memberId;
    const { memberAssignment } = await broker.syncGroup({
      groupId,
      generationId: joined.generationId,
      memberId: joined.memberId,
      groupAssignment: isLeader ? await planAssignments(joined.members, sharesOf) : [],
    });
    this.#owned = sharesIn(memberAssignment);
    const shares = await sharesOf(topics);
    const own = this.#owned.flatMap((name) => {
      const partitions = shares.get(name);
      return partitions ? [[name, partitions] as const] : [];
    });
    if (this.#stopping.signal.aborted) return;
    onAssigned(new Map(own));
    this.#backoff.reset();
    this.#failures = 0;
    while (!this.#stopping.signal.aborted) {
      await pause(heartbeatMs, this.#stopping.signal);
      await this.#heartbeat();
    }
  }

  async #heartbeat(): Promise<void> {
    const broker = await this.#coordinator();
    const { groupId } = this.#options;
    const [memberId, groupGenerationId] = [this.#memberId, this.#generationId];
    await broker.heartbeat({ groupId, groupGenerationId, memberId });
  }

  async #afterError(error: unknown): Promise<void> {
    const type = kafkaErrorType(error);
    const isRebalance = type === 'REBALANCE_IN_PROGRESS';
    await this.#revoke();
    if (isRebalance || this.#stopping.signal.aborted) return;
    const { cluster, groupId } = this.#options;
    // The group has gone on without us: what we owned may be others' by now.
    if (type === 'UNKNOWN_MEMBER_ID' || type === 'ILLEGAL_GENERATION') this.#owned = [];
    if (type === 'UNKNOWN_MEMBER_ID' || type === 'FENCED_INSTANCE_ID') this.#memberId = '';
    cluster.forgetCoordinator('group', groupId);
    this.#sayFailure(error);
    await pause(this.#backoff.nextMs(), this.#stopping.signal);
  }

  #sayFailure(error: unknown): void {
    const { events, groupId } = this.#options;
    this.#failures++;
    if (this.#failures % failuresToSay === 0)
      events?.warn('log.group-not-joined', {
        message: `Group ${groupId} could not be joined ${this.#failures} times in a row; nothing is read for it here until it can`,
        error,
      });
    else
      events?.debug('log.group-interrupted', {
        message: `Group ${groupId} is joined again`,
        error,
      });
  }

  /** What is in hand may take long; the group must hear of us meanwhile. */
  async #revoke(): Promise<void> {
    let isDone = false;
    const revoked = this.#options.onRevoked().finally(() => {
      isDone = true;
    });
    while (!isDone) {
      await Promise.race([revoked, timer(1000)]);
      if (!isDone) await this.#heartbeat().catch(() => undefined);
    }
    await revoked;
  }
}

function timer(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
