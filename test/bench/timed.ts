import type { Figure } from '../../cli/bench/benchmarks.ts';

/** How many a second, and a second of this process's CPU, `work` did. */
export async function timed(
  name: string,
  count: number,
  work: () => Promise<void>,
): Promise<Figure[]> {
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  await work();
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  return [
    { name, unit: '1/s', value: Math.round(count / seconds) },
    {
      name: `${name}, per CPU second`,
      unit: '1/s',
      value: Math.round((count * 1e6) / (user + system)),
    },
  ];
}
