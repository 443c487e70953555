import { type Options, SingleBar } from 'cli-progress';

/** Those that set a mode of the terminal are left out. */
type BarOptions = Omit<Options, 'format' | 'formatTime' | 'hideCursor' | 'linewrap'>;

/**
 * A bar on standard error, unless said. It leaves the terminal's modes alone: a command that is killed can't restore
 * them.
 */
export function progressBar(format: string, options: BarOptions = {}): SingleBar {
  return new SingleBar({ format, linewrap: true, emptyOnZero: true, formatTime, ...options });
}

/** "1h 05m", "2m 10s", "7s"; "?" as long as the bar has nothing to reckon from: then it gives a word, no number. */
export function formatTime(seconds: number | string): string {
  if (typeof seconds !== 'number' || !Number.isFinite(seconds)) return '?';
  const padded = (value: number) => String(Math.floor(value)).padStart(2, '0');
  if (seconds >= 3600) return `${Math.floor(seconds / 3600)}h ${padded((seconds % 3600) / 60)}m`;
  if (seconds >= 60) return `${Math.floor(seconds / 60)}m ${padded(seconds % 60)}s`;
  return `${Math.round(seconds)}s`;
}
