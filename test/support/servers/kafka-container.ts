import {
  BoundPorts,
  GenericContainer,
  getContainerRuntimeClient,
  type InspectResult,
  Wait,
} from 'testcontainers';
import { imageOf } from './image-of.ts';
import type { Reach } from './start-server.ts';

export const kafkaPort = 9092;
const script = '/tmp/start-kafka.sh';

/**
 * Kafka in KRaft mode, one node. A broker advertises the address that clients reach, and that is known only when the
 * container runs: it waits for a script, which is put there then.
 */
export class KafkaContainer extends GenericContainer {
  readonly #reach: Reach;
  #id = '';

  constructor(reach: Reach = 'published') {
    super(imageOf('kafka'));
    this.#reach = reach;
    this.withEnvironment({
      KAFKA_NODE_ID: '1',
      KAFKA_PROCESS_ROLES: 'broker,controller',
      KAFKA_LISTENERS: `CLIENTS://:${kafkaPort},BROKER://:19092,CONTROLLER://:9093`,
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP:
        'CLIENTS:PLAINTEXT,BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT',
      KAFKA_INTER_BROKER_LISTENER_NAME: 'BROKER',
      KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
      KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
      KAFKA_LOG_DIRS: '/var/lib/kafka/data',
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
      // 50 by default: creating them is a good part of the first group's wait.
      KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: '4',
      KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS: '4',
      // Else each new group waits for 3 s.
      KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
      KAFKA_HEAP_OPTS: '-Xmx512m -Xms256m',
    });
    this.withCommand([
      'sh',
      '-c',
      `while [ ! -f ${script} ]; do sleep 0.05; done; exec sh ${script}`,
    ]);
    this.withWaitStrategy(Wait.forLogMessage(/Kafka Server started/).withStartupTimeout(120_000));
  }

  protected override async containerCreated(id: string): Promise<void> {
    this.#id = id;
  }

  protected override async containerStarting(inspected: InspectResult): Promise<void> {
    const { container, info } = await getContainerRuntimeClient();
    const { host, hostIps } = info.containerRuntime;
    const port = BoundPorts.fromInspectResult(hostIps, inspected).getBinding(kafkaPort);
    const clients = this.#reach === 'direct' ? `$(hostname -i):${kafkaPort}` : `${host}:${port}`;
    const lines = [
      `export KAFKA_ADVERTISED_LISTENERS=CLIENTS://${clients},BROKER://localhost:19092`,
      'exec /etc/kafka/docker/run',
    ];
    // By renaming, so that it is never read half written.
    const write = `printf '%s\\n' "$@" > ${script}.new && mv ${script}.new ${script}`;
    await container.exec(container.getById(this.#id), ['sh', '-c', write, 'sh', ...lines]);
  }
}
