import { fileURLToPath } from 'node:url';
import { makeDataFolder, startMillrace } from './millrace-process.ts';

/** What a benchmark publishes to, asks, and takes the CPU time and the memory of. */
export interface MachineUnderTest {
  /** Of the dashboard. */
  readonly http: string;
  /** 127.0.0.1 unless said. */
  readonly mqttHost?: string;
  readonly mqttPort: number;
  /** Process ids by what runs in them. */
  readonly pids: Readonly<Record<string, number>>;
  readonly readyMs: number;
  stop(): Promise<void>;
}

/** Starts one, empty unless it is given the folder of another. */
export type StartMachine = () => Promise<MachineUnderTest>;

export const benchConfigPath = fileURLToPath(
  new URL(
    import.meta.url.endsWith('.ts') ? 'pipeline.config.ts' : 'pipeline.config.js',
    import.meta.url,
  ),
);

/** `millrace up` on the embedded stack, in this folder or one of its own. */
export async function startEmbedded(dataDir?: string): Promise<MachineUnderTest> {
  const folder = dataDir === undefined ? await makeDataFolder() : undefined;
  const millrace = await startMillrace({
    configPath: benchConfigPath,
    dataDir: dataDir ?? folder?.path ?? '',
  });
  return {
    http: millrace.http,
    mqttPort: millrace.mqttPort,
    pids: { millrace: millrace.pid },
    readyMs: millrace.readyMs,
    async stop() {
      await millrace.stop();
      await folder?.remove();
    },
  };
}
