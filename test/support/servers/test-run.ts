import { rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Which run of the tests a container belongs to, as `host/pid` of the process that leads the run: the runner hands it
 * to the test files by the environment; a test file started without it leads a run of its own.
 */
const runVariable = 'TEST_RUN';
const runLabel = 'millrace.test-run';
const ownRun = `${hostname()}/${process.pid}`;

export const testRun = process.env[runVariable] ?? ownRun;

/** To be called by the runner before it starts the test files. */
export function leadTestRun(): void {
  process.env[runVariable] = ownRun;
}

export const testRunLabels = { [runLabel]: testRun };

/** A folder for what the files of one run share on disk: their locks. */
export const testRunFolder = (run = testRun) =>
  join(tmpdir(), `millrace-test-${run.replaceAll('/', '-')}`);

/**
 * Removes the containers of this run, with the networks and volumes of composed ones, and those of runs on this machine
 * whose leader is gone: they were cut off.
 */
export async function removeServers(): Promise<void> {
  // Loaded only here: most files' tests, and a machine without an engine, have no use for it.
  const { getContainerRuntimeClient } = await import('testcontainers');
  const { dockerode } = (await getContainerRuntimeClient()).container;
  const filters = { label: [runLabel] };
  const runOf = ({ Labels }: Labelled) => Labels?.[runLabel] ?? '';
  const finished = <T extends Labelled>(all: readonly T[]) =>
    all.filter((one) => isOver(runOf(one)));

  const containers = finished(await dockerode.listContainers({ all: true, filters }));
  await Promise.allSettled(
    containers.map(({ Id }) => dockerode.getContainer(Id).remove({ force: true, v: true })),
  );
  const networks = finished(await dockerode.listNetworks({ filters }));
  await Promise.allSettled(networks.map(({ Id }) => dockerode.getNetwork(Id).remove()));
  const volumes = finished((await dockerode.listVolumes({ filters })).Volumes);
  await Promise.allSettled(volumes.map(({ Name }) => dockerode.getVolume(Name).remove()));

  const runs = new Set([ownRun, ...containers.map(runOf)]);
  for (const run of runs) await rm(testRunFolder(run), { recursive: true, force: true });
}

interface Labelled {
  readonly Labels?: Readonly<Record<string, string>> | undefined;
}

function isOver(run: string): boolean {
  const [host, pid] = run.split('/');
  if (host !== hostname()) return false;
  if (run === ownRun) return true;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    // EPERM: it is there, and another user's.
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
