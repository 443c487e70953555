import { getContainerRuntimeClient } from 'testcontainers';
import { testRunLabels } from './test-run.ts';

/** CPU seconds that this run's containers use between two moments, by image. */
export class ServerCpu {
  readonly #containers: () => Promise<ReadonlyMap<string, number>>;
  #before: ReadonlyMap<string, number> = new Map();
  seconds: Readonly<Record<string, number>> = {};

  private constructor(containers: () => Promise<ReadonlyMap<string, number>>) {
    this.#containers = containers;
  }

  static async open(): Promise<ServerCpu> {
    const { container } = await getContainerRuntimeClient();
    const [[label, run] = ['', '']] = Object.entries(testRunLabels);
    return new ServerCpu(async () => {
      const found = await container.dockerode.listContainers({
        filters: { label: [`${label}=${run}`] },
      });
      const used = await Promise.all(
        found.map(async ({ Id, Image }) => {
          const stats = await container.dockerode.getContainer(Id).stats({ stream: false });
          // "eclipse-mosquitto:2" -> "eclipse-mosquitto"; nanoseconds.
          return [
            Image.split(':')[0] ?? Image,
            stats.cpu_stats.cpu_usage.total_usage / 1e9,
          ] as const;
        }),
      );
      return new Map(used);
    });
  }

  async begin(): Promise<void> {
    this.#before = await this.#containers();
  }

  async end(): Promise<void> {
    const after = await this.#containers();
    this.seconds = Object.fromEntries(
      [...after].map(([image, used]) => [image, used - (this.#before.get(image) ?? 0)]),
    );
  }
}
