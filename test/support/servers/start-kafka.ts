import { freePort } from '../../../cli/bench/millrace-process.ts';
import { KafkaContainer, kafkaPort } from './kafka-container.ts';
import {
  controlServer,
  type ServerControl,
  type ServerOptions,
  shareServer,
  startOwnServer,
} from './start-server.ts';

export interface Kafka {
  /** `host:port`. Topics are not created by themselves; give yours a random prefix. */
  readonly brokers: string[];
}

/** A real Kafka of one broker. */
export function startKafka(): Promise<Kafka>;
export function startKafka(options: { readonly own: true }): Promise<Kafka & ServerControl>;
export async function startKafka({ own = false }: ServerOptions = {}): Promise<Kafka> {
  const container = new KafkaContainer();
  if (!own) {
    const shared = await shareServer('kafka', container.withExposedPorts(kafkaPort));
    return { brokers: [`${shared.getHost()}:${shared.getMappedPort(kafkaPort)}`] };
  }
  const host = await freePort();
  const started = await startOwnServer(container.withExposedPorts({ container: kafkaPort, host }));
  return { brokers: [`${started.getHost()}:${host}`], ...controlServer(started) };
}
