import { join } from 'node:path';
import {
  type GenericContainer,
  getContainerRuntimeClient,
  type StartedTestContainer,
} from 'testcontainers';
import { type FolderLock, lockFolder } from '../../../core/log/sqlite/lock-folder.ts';
import { until } from '../until.ts';
import { testRunFolder, testRunLabels } from './test-run.ts';

/** `own`: a server for this test alone, which may stop it; else one is shared by all test files of a run. */
export interface ServerOptions {
  readonly own?: boolean;
  readonly reach?: Reach;
}

/**
 * How clients reach a server of one's own. By its published port, which stays when it is restarted, and by which each
 * byte passes through a process of the engine; or, for benchmarks, by the container's own address as services in compose
 * do. Only Linux has a way there.
 */
export type Reach = 'published' | 'direct';

export const benchReach: Reach = process.platform === 'linux' ? 'direct' : 'published';

interface Ports {
  readonly container: number;
  readonly host: number;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

export function addressOf(container: StartedTestContainer, ports: Ports, reach: Reach): Address {
  return reach === 'direct'
    ? { host: container.getIpAddress('bridge'), port: ports.container }
    : { host: container.getHost(), port: ports.host };
}

export const textOf = ({ host, port }: Address): string => `${host}:${port}`;

/** What a test may do to a server of its own. The ports stay; so does what is on its disk. */
export interface ServerControl {
  /** Stops it as an operator does, and starts it again; resolves when it serves. */
  restart(): Promise<void>;
  /** Stops it as an operator does. */
  halt(): Promise<void>;
  /** As a power cut does. */
  kill(): Promise<void>;
  /** Starts it after `halt` or `kill`; resolves when it serves. */
  resume(): Promise<void>;
  /** Ends and removes it. */
  stop(): Promise<void>;
}

/** Kafka needs some seconds to hand over; killed instead, it needs longer to come back than the stop takes. */
const stopWithinSeconds = 20;

/** The run's server of this name: started by the first test file that asks, found by the others. */
export async function shareServer(
  name: string,
  container: GenericContainer,
): Promise<StartedTestContainer> {
  // Reuse alone would start two when two files ask at once.
  const lock = await until(() => tryLock(join(testRunFolder(), name)), 120_000);
  try {
    return await container
      .withLabels({ ...testRunLabels, 'millrace.test-server': name })
      .withReuse()
      .start();
  } finally {
    lock.release();
  }
}

/**
 * A server of the test's own, removed by `stop`, or by the runner when the test didn't come to it; so the container
 * that Testcontainers would start for its cleaning isn't needed.
 */
export const startOwnServer = (container: GenericContainer): Promise<StartedTestContainer> =>
  container.withLabels(testRunLabels).withAutoCleanup(false).start();

/** Its host ports must be fixed ones, or each start has others. */
export function controlServer(container: StartedTestContainer): ServerControl {
  const engine = async () => {
    const client = await getContainerRuntimeClient();
    return client.container.getById(container.getId());
  };
  const restart = () => container.restart({ timeout: stopWithinSeconds * 1000 });
  return {
    restart,
    resume: restart,
    async halt() {
      await (await engine()).stop({ t: stopWithinSeconds });
    },
    async kill() {
      await (await engine()).kill();
    },
    async stop() {
      await (await engine()).remove({ force: true, v: true });
    },
  };
}

function tryLock(folder: string): FolderLock | undefined {
  try {
    return lockFolder(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'DATA_DIR_IN_USE')
      return undefined;
    throw error;
  }
}
