import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { freePort, makeDataFolder } from '../../cli/bench/millrace-process.ts';
import { composeFile, readCompose } from './servers/image-of.ts';
import { testRunLabels } from './servers/test-run.ts';

export interface ComposeStack {
  /** Host ports. */
  readonly ports: { readonly http: number; readonly influx: number; readonly postgres: number };
  /** `docker compose ARGS` on this project; gives its standard output. */
  run(...args: readonly string[]): Promise<string>;
  /** Takes everything down, volumes and all. */
  down(): Promise<void>;
}

/** The project's own docker-compose.yml, with a name and ports of its own. Nothing is started yet. */
export async function composeStack(): Promise<ComposeStack> {
  const folder = await makeDataFolder();
  const labelled = join(folder.path, 'labels.yml');
  await writeFile(labelled, stringify(labels()));
  const [http, mqtt, kafka, influx, postgres] = await Promise.all(
    Array.from({ length: 5 }, () => freePort()),
  );
  const env = {
    ...process.env,
    COMPOSE_PROJECT_NAME: `millrace-test-${randomUUID().slice(0, 8)}`,
    // Not the image of whoever runs Millrace on this machine.
    MILLRACE_IMAGE: 'millrace-test',
    MILLRACE_HTTP_PORT: String(http),
    MILLRACE_MQTT_PORT: String(mqtt),
    MILLRACE_KAFKA_PORT: String(kafka),
    MILLRACE_INFLUX_PORT: String(influx),
    MILLRACE_POSTGRES_PORT: String(postgres),
  };
  const files = ['-f', fileURLToPath(composeFile), '-f', labelled];
  const run = async (...args: readonly string[]) => {
    const options = { env, maxBuffer: 64 * 1024 * 1024 };
    const command = ['compose', '--progress', 'plain', ...files, ...args];
    return (await promisify(execFile)('docker', command, options)).stdout;
  };
  return {
    ports: { http: http ?? 0, influx: influx ?? 0, postgres: postgres ?? 0 },
    run,
    async down() {
      await run('down', '--volumes', '--remove-orphans', '--timeout', '10');
      await folder.remove();
    },
  };
}

/** So that the runner finds what a test that was cut off has left. */
function labels() {
  const { services, volumes } = readCompose();
  const labelled = (names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, { labels: testRunLabels }]));
  return {
    services: labelled(Object.keys(services)),
    volumes: labelled(Object.keys(volumes)),
    networks: labelled(['default']),
  };
}
