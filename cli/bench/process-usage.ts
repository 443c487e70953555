import { readFileSync } from 'node:fs';

/** Clock ticks a second of /proc/PID/stat: 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** CPU seconds that a process and its threads have used. Linux. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Anonymous memory (what the process alone needs, without mapped files), in megabytes. Linux. */
export function anonymousMegabytes(pid: number): number {
  const line = /^Anonymous:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
  return Math.round(Number(line?.[1] ?? Number.NaN) / 1024);
}

/** Follows a process's memory; `stop` gives the highest value seen. */
export function watchMemory(pid: number): { stop(): number } {
  let highest = 0;
  const timer = setInterval(() => {
    try {
      highest = Math.max(highest, anonymousMegabytes(pid));
    } catch {
      clearInterval(timer);
    }
  }, 250);
  return {
    stop: () => {
      clearInterval(timer);
      return highest;
    },
  };
}
