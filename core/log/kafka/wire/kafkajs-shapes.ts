/**
 * kafkajs's connections, metadata and requests without its producers and consumers, whose rules of batching,
 * retrying and committing are not ours (docs/decisions/0001; as 2.2.4 has them, which kafkajs-internals.ts holds to).
 */

export interface GroupMemberRow {
  readonly memberId: string;
  readonly memberMetadata: Buffer;
}

interface OffsetCommitTopic {
  readonly topic: string;
  readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
}

/** Those of kafkajs's broker methods that this driver uses. */
export interface KafkaBroker {
  readonly connectionPool: { send(request: unknown): Promise<unknown> };
  disconnect(): Promise<void>;
  listOffsets(ask: {
    replicaId: number;
    isolationLevel: number;
    topics: { topic: string; partitions: { partition: number; timestamp: number }[] }[];
  }): Promise<{
    responses: { topic: string; partitions: { partition: number; offset: string }[] }[];
  }>;
  joinGroup(ask: {
    groupId: string;
    sessionTimeout: number;
    rebalanceTimeout: number;
    memberId: string;
    groupProtocols: { name: string; metadata: Buffer }[];
  }): Promise<{
    generationId: number;
    leaderId: string;
    memberId: string;
    members: GroupMemberRow[];
  }>;
  syncGroup(ask: {
    groupId: string;
    generationId: number;
    memberId: string;
    groupAssignment: { memberId: string; memberAssignment: Buffer }[];
  }): Promise<{ memberAssignment: Buffer }>;
  heartbeat(ask: {
    groupId: string;
    groupGenerationId: number;
    memberId: string;
  }): Promise<unknown>;
  leaveGroup(ask: { groupId: string; memberId: string }): Promise<unknown>;
  offsetCommit(ask: {
    groupId: string;
    groupGenerationId: number;
    memberId: string;
    topics: readonly OffsetCommitTopic[];
  }): Promise<unknown>;
  initProducerId(ask: {
    transactionalId: string;
    transactionTimeout: number;
  }): Promise<{ producerId: string; producerEpoch: number }>;
  addPartitionsToTxn(
    ask: ProducerIdentity & { topics: { topic: string; partitions: number[] }[] },
  ): Promise<unknown>;
  endTxn(ask: ProducerIdentity & { transactionResult: boolean }): Promise<unknown>;
}

export interface ProducerIdentity {
  readonly transactionalId: string;
  readonly producerId: string;
  readonly producerEpoch: number;
}

interface TopicRow {
  readonly topic: string;
  readonly partitionMetadata: readonly { readonly partitionId: number; readonly leader: number }[];
}

/** What kafkajs calls a cluster: connections to all brokers, and what is known of them. */
export interface RawCluster {
  readonly brokerPool: {
    readonly metadata: { readonly topicMetadata: readonly TopicRow[] } | null;
    refreshMetadata(topics: readonly string[]): Promise<unknown>;
    findBroker(ask: { nodeId: number }): Promise<KafkaBroker>;
    findConnectedBroker(): Promise<KafkaBroker>;
  };
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  findGroupCoordinator(ask: { groupId: string; coordinatorType: number }): Promise<KafkaBroker>;
}
