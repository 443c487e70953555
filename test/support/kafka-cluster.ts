import { getContainerRuntimeClient, Network, type StartedTestContainer } from 'testcontainers';
import { freePort } from '../../cli/bench/millrace-process.ts';
import type { KafkaSettings } from '../../core/config/settings.ts';
import { KafkaProxy } from './kafka-proxy.ts';
import { KafkaContainer } from './servers/kafka-container.ts';
import { controlServer, type ServerControl, startOwnServer } from './servers/start-server.ts';

/** One broker of a cluster that a test may harm. */
export interface KafkaNode extends ServerControl {
  readonly nodeId: number;
  /** Freezes its processes: connections stay open, nothing answers. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Clients that start at the proxy's address reach this broker through it alone. */
  readonly proxy: KafkaProxy;
}

export interface TestCluster {
  readonly nodes: readonly KafkaNode[];
  /** Of the brokers themselves, with a prefix of its own. */
  readonly direct: KafkaSettings;
  /** Through the proxies. */
  readonly proxied: KafkaSettings;
  stop(): Promise<void>;
}

interface NodePorts {
  readonly nodeId: number;
  readonly direct: number;
  readonly behindProxy: number;
  readonly proxy: number;
}

/** As an operator sets them on several brokers; on one broker each topic has one replica. */
const replicated = {
  KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '3',
  KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '3',
  KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '2',
  KAFKA_MIN_INSYNC_REPLICAS: '2',
};

/** A broker at a known host port, and a second listener that is advertised at the proxy's. */
class ClusterContainer extends KafkaContainer {
  constructor({ nodeId, direct, proxy, behindProxy }: NodePorts, nodeIds: readonly number[]) {
    super();
    const isAlone = nodeIds.length === 1;
    const nameOf = (id: number) => (isAlone ? 'localhost' : `kafka${id}`);
    const voters = nodeIds.map((id) => `${id}@${nameOf(id)}:9093`);
    this.withEnvironment({
      KAFKA_NODE_ID: `${nodeId}`,
      KAFKA_LISTENERS: 'CLIENTS://:9092,PROXIED://:9094,BROKER://:19092,CONTROLLER://:9093',
      KAFKA_ADVERTISED_LISTENERS: `CLIENTS://127.0.0.1:${direct},PROXIED://127.0.0.1:${proxy},BROKER://${nameOf(nodeId)}:19092`,
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP:
        'CLIENTS:PLAINTEXT,PROXIED:PLAINTEXT,BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT',
      KAFKA_CONTROLLER_QUORUM_VOTERS: voters.join(','),
      KAFKA_BROKER_SESSION_TIMEOUT_MS: '6000',
      KAFKA_HEAP_OPTS: '-Xmx384m -Xms128m',
      ...(isAlone ? {} : replicated),
    });
    this.withCommand(['/etc/kafka/docker/run']);
    this.withExposedPorts(
      { container: 9092, host: direct },
      { container: 9094, host: behindProxy },
    );
    if (!isAlone) this.withNetworkAliases(nameOf(nodeId));
  }

  /** Its addresses are known before. */
  protected override async containerStarting(): Promise<void> {}
}

/** Brokers of the test's own in KRaft mode. With three, topics have three replicas, of which two must have a record. */
export async function startKafkaCluster(brokers: 1 | 3): Promise<TestCluster> {
  const nodeIds = Array.from({ length: brokers }, (_, at) => at + 1);
  const network = brokers > 1 ? await new Network().start() : undefined;
  const nodes = await Promise.all(
    nodeIds.map(async (nodeId) => {
      const [direct, behindProxy, proxyPort] = [
        await freePort(),
        await freePort(),
        await freePort(),
      ];
      const ports = { nodeId, direct, behindProxy, proxy: proxyPort };
      const container = new ClusterContainer(ports, nodeIds);
      if (network) container.withNetwork(network);
      const started = await startOwnServer(container);
      const proxy = new KafkaProxy(proxyPort, behindProxy);
      await proxy.listen();
      return { ...nodeOf(nodeId, started, proxy), address: `127.0.0.1:${direct}` };
    }),
  );
  const settings = {
    sasl: undefined,
    tls: undefined,
    topicPrefix: `${crypto.randomUUID().slice(0, 8)}.`,
    replication: brokers,
  };
  return {
    nodes,
    direct: { ...settings, brokers: nodes.map(({ address }) => address) },
    proxied: { ...settings, brokers: nodes.map(({ proxy }) => proxy.address) },
    async stop() {
      await Promise.all(nodes.map(({ proxy }) => proxy.close()));
      await Promise.all(nodes.map((node) => node.stop()));
      await network?.stop();
    },
  };
}

function nodeOf(nodeId: number, started: StartedTestContainer, proxy: KafkaProxy): KafkaNode {
  const engine = async () => {
    const client = await getContainerRuntimeClient();
    return client.container.getById(started.getId());
  };
  return {
    ...controlServer(started),
    nodeId,
    proxy,
    freeze: async () => void (await (await engine()).pause()),
    thaw: async () => void (await (await engine()).unpause()),
  };
}
