import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  freePort,
  type MillraceProcess,
  makeDataFolder,
  startService,
} from '../../cli/bench/millrace-process.ts';
import { type Influx, startInflux } from './servers/start-influx.ts';
import { type Kafka, startKafka } from './servers/start-kafka.ts';
import { type Mosquitto, startMosquitto } from './servers/start-mosquitto.ts';
import { type Postgres, startPostgres } from './servers/start-postgres.ts';
import type { Reach, ServerControl } from './servers/start-server.ts';

/** As compose starts them; those downstream first. */
export const fullStackServices = [
  'postgres-sink',
  'influx-sink',
  'enricher',
  'dashboard',
  'mqtt-ingress',
] as const;
export type FullStackService = (typeof fullStackServices)[number];

export interface FullStackServers {
  readonly kafka: Kafka & ServerControl;
  readonly mosquitto: Mosquitto;
  readonly influx: Influx & ServerControl;
  readonly postgres: Postgres & ServerControl;
}

/** Servers of its own, which a test may stop, and each service a process of its own. */
export interface FullStack {
  readonly servers: FullStackServers;
  /** Of the broker. */
  readonly mqttPort: number;
  /** Of the dashboard. */
  readonly http: string;
  readonly processes: ReadonlyMap<string, MillraceProcess>;
  /** The environment of every service. */
  readonly env: Readonly<Record<string, string>>;
  /** `instance` names a further process of the service. */
  start(service: FullStackService, instance?: string): Promise<MillraceProcess>;
  /** By SIGKILL. */
  kill(service: FullStackService, instance?: string): Promise<void>;
  /** Ends the services, input first, and removes the servers. Rejects when a service does not end by itself with 0. */
  stop(): Promise<void>;
}

export interface FullStackOptions {
  readonly configPath: string;
  readonly services?: readonly FullStackService[];
  readonly env?: Readonly<Record<string, string>>;
  readonly reach?: Reach;
}

/** As infra/mosquitto has it. */
const mosquittoLines = [
  'max_inflight_messages 1000',
  'max_queued_messages 1000000',
  'autosave_interval 5',
];

export async function startFullStack(options: FullStackOptions): Promise<FullStack> {
  const folder = await makeDataFolder();
  const mqttPort = await freePort();
  const servers = await startServers(mqttPort, options.reach);
  const env = { ...environment(servers), ...options.env };
  const processes = new Map<string, MillraceProcess>();
  const ports = new Map<string, number>();
  const killed = new Set<MillraceProcess>();

  async function start(service: FullStackService, instance: string = service) {
    const port = ports.get(instance) ?? (await freePort());
    ports.set(instance, port);
    const dataDir = join(folder.path, instance);
    await mkdir(dataDir, { recursive: true });
    const process = await startService(service, {
      configPath: options.configPath,
      dataDir,
      port,
      env,
    });
    processes.set(instance, process);
    return process;
  }
  const stack: FullStack = {
    servers,
    mqttPort,
    env,
    processes,
    get http() {
      return processes.get('dashboard')?.http ?? '';
    },
    start,
    async kill(service, instance = service) {
      const process = processes.get(instance);
      if (process === undefined) return;
      killed.add(process);
      await process.kill();
    },
    async stop() {
      const unclean: string[] = [];
      for (const [instance, process] of [...processes].toReversed()) {
        const code = await process.stop();
        if (code !== 0 && !killed.has(process))
          unclean.push(`${instance} ended with ${code}:\n${process.printed()}`);
      }
      await Promise.all(Object.values(servers).map((server) => server.stop()));
      await folder.remove();
      if (unclean.length > 0) throw new Error(unclean.join('\n'));
    },
  };
  try {
    for (const service of options.services ?? fullStackServices) await start(service);
  } catch (error) {
    await stack.stop();
    throw error;
  }
  return stack;
}

async function startServers(
  mqttPort: number,
  reach: Reach = 'published',
): Promise<FullStackServers> {
  const [kafka, mosquitto, influx, postgres] = await Promise.all([
    startKafka({ own: true, reach }),
    startMosquitto({ port: mqttPort, lines: mosquittoLines, reach }),
    startInflux({ own: true, reach }),
    startPostgres({ own: true, reach }),
  ]);
  return { kafka, mosquitto, influx, postgres };
}

function environment({ kafka, mosquitto, influx, postgres }: FullStackServers) {
  return {
    MILLRACE_KAFKA_BROKERS: kafka.brokers.join(),
    MILLRACE_MQTT_URL: mosquitto.url,
    MILLRACE_MQTT_CLIENT_ID: `millrace-${randomUUID()}`,
    MILLRACE_INFLUX_URL: influx.url,
    MILLRACE_INFLUX_TOKEN: influx.token,
    MILLRACE_INFLUX_ORG: influx.org,
    MILLRACE_INFLUX_BUCKET: influx.bucket,
    MILLRACE_POSTGRES_URL: postgres.url,
  };
}
