import { randomUUID } from 'node:crypto';
import { connectAsync } from 'mqtt';
import {
  freePort,
  type MillraceUp,
  makeDataFolder,
  startMillrace,
} from '../../cli/bench/millrace-process.ts';
import { readSettings } from '../../core/config/read-settings.ts';
import type { Settings } from '../../core/config/settings.ts';
import { writeAirConfig } from './air-config.ts';
import { makeDatabase } from './postgres-database.ts';
import { differences, isSettled, readLedger, type SourceCounts } from './read-ledger.ts';
import { runMillrace, spawnMillrace } from './run-millrace.ts';
import { startKafka } from './servers/start-kafka.ts';
import { until } from './until.ts';

/** `millrace up` of docs/dead-letters.md, its configuration, and the commands beside it. */
export interface DeadLetterStack {
  readonly settings: Settings;
  /** Where pm25 is looked for from the next start on. */
  configure(pm25: string): Promise<void>;
  up(): Promise<MillraceUp>;
  /** Acknowledged. */
  publish(packets: readonly { topic: string; payload: string }[]): Promise<void>;
  /** `millrace dlq ...` to its end; throws with what it said when it did not end with 0. */
  dlq(...args: string[]): Promise<string>;
  /** `millrace dlq ...`, which goes on. */
  spawnDlq(...args: string[]): ReturnType<typeof spawnMillrace>;
  /** Of the source, when nothing is under way; every difference is 0, or it throws. */
  ledger(): Promise<SourceCounts>;
  close(): Promise<void>;
}

/** `embedded`, or with topics of its own on the shared Kafka and a database of its own on the shared Postgres. */
export async function startDeadLetterStack(
  kind: 'embedded' | 'kafka-postgres',
): Promise<DeadLetterStack> {
  const folder = await makeDataFolder();
  const [httpPort, mqttPort] = [await freePort(), await freePort()];
  const database = kind === 'embedded' ? undefined : await makeDatabase();
  const prefix = `dlq-${randomUUID()}.`;
  const servers: Record<string, string> = database
    ? {
        MILLRACE_KAFKA_BROKERS: (await startKafka()).brokers.join(','),
        MILLRACE_KAFKA_TOPIC_PREFIX: prefix,
        MILLRACE_KAFKA_GROUP_PREFIX: prefix,
        MILLRACE_KAFKA_PARTITIONS: '3',
        MILLRACE_POSTGRES_URL: database.url,
      }
    : {};
  const dataDir = `${folder.path}/data`;
  const env = {
    ...servers,
    MILLRACE_DATA_DIR: dataDir,
    MILLRACE_HTTP_PORT: String(httpPort),
    MILLRACE_MQTT_LISTEN: `127.0.0.1:${mqttPort}`,
  };
  let configPath = await writeAirConfig(folder.path, '$.pm25');
  let running: MillraceUp | undefined;
  const dlqArgs = (args: readonly string[]) => [
    'dlq',
    ...args,
    ...(args[0] === 'replay' || args[0] === 'discard' ? ['--config', configPath] : []),
  ];
  return {
    settings: readSettings(env),
    async configure(pm25) {
      configPath = await writeAirConfig(folder.path, pm25);
    },
    async up() {
      running = await startMillrace({ configPath, dataDir, httpPort, mqttPort, env });
      return running;
    },
    async publish(packets) {
      const client = await connectAsync(`mqtt://127.0.0.1:${mqttPort}`);
      await Promise.all(
        packets.map(({ topic, payload }) => client.publishAsync(topic, payload, { qos: 1 })),
      );
      await client.endAsync();
    },
    async dlq(...args) {
      const { code, stdout, stderr } = await runMillrace(dlqArgs(args), env);
      if (code !== 0) throw new Error(`dlq ${args.join(' ')} ended with ${code}: ${stderr}`);
      return stdout;
    },
    spawnDlq: (...args) => spawnMillrace(dlqArgs(args), env),
    async ledger() {
      return until(async () => {
        const counts = await readLedger(`http://127.0.0.1:${httpPort}`, 'air');
        if (counts === undefined || !isSettled(counts)) return undefined;
        const uneven = differences(counts).some((difference) => difference !== 0);
        if (uneven) throw new Error(`The ledger is uneven: ${JSON.stringify(counts)}`);
        return counts;
      });
    },
    async close() {
      await running?.stop();
      await database?.remove();
      await folder.remove();
    },
  };
}
