import { freePort } from '../../../cli/bench/millrace-process.ts';
import { KafkaContainer, kafkaPort } from './kafka-container.ts';
import {
  addressOf,
  controlServer,
  type ServerControl,
  type ServerOptions,
  shareServer,
  startOwnServer,
  textOf,
} from './start-server.ts';

export interface Kafka {
  /** `host:port`. Topics are not created by themselves; give yours a random prefix. */
  readonly brokers: string[];
}

/** A real Kafka of one broker. */
export function startKafka(): Promise<Kafka>;
export function startKafka(
  options: ServerOptions & { readonly own: true },
): Promise<Kafka & ServerControl>;
export async function startKafka({
  own = false,
  reach = 'published',
}: ServerOptions = {}): Promise<Kafka> {
  const container = new KafkaContainer(own ? reach : 'published');
  if (!own) {
    const shared = await shareServer('kafka', container.withExposedPorts(kafkaPort));
    return { brokers: [`${shared.getHost()}:${shared.getMappedPort(kafkaPort)}`] };
  }
  const ports = { container: kafkaPort, host: await freePort() };
  const started = await startOwnServer(container.withExposedPorts(ports));
  return { brokers: [textOf(addressOf(started, ports, reach))], ...controlServer(started) };
}
