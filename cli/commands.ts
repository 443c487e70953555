import type { Command } from './define-command.ts';

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

/** The one table of commands: what `--help` lists, and what is run. Each is loaded only when it is called. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'replay',
    summary: 'publishes a recording over MQTT',
    load: async () => (await import('./commands/replay.ts')).replay,
  },
  {
    name: 'publish',
    summary: 'publishes one packet over MQTT',
    load: async () => (await import('./commands/publish.ts')).publish,
  },
  {
    name: 'simulate',
    summary: 'publishes a seeded, made-up fleet over MQTT',
    load: async () => (await import('./commands/simulate.ts')).simulate,
  },
];
