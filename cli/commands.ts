import type { Command } from './define-command.ts';

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

/** The one table of commands: what `--help` lists, and what is run. Each is loaded only when it is called. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'up',
    summary: 'every service in one process',
    load: async () => (await import('./commands/up.ts')).up,
  },
  {
    name: 'run',
    summary: 'the named services in this process',
    load: async () => (await import('./commands/run.ts')).run,
  },
  {
    name: 'check',
    summary: 'is the configuration valid? --connect tries every server, --sample a payload',
    load: async () => (await import('./commands/check.ts')).check,
  },
  {
    name: 'infer',
    summary: 'proposes a model and a mapping from samples',
    load: async () => (await import('./commands/infer.ts')).infer,
  },
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
  {
    name: 'demo',
    summary: "plays the configuration's demonstration over MQTT",
    load: async () => (await import('./commands/demo.ts')).demo,
  },
  {
    name: 'tail',
    summary: 'decoded records of a topic as JSON lines',
    load: async () => (await import('./commands/tail.ts')).tail,
  },
  {
    name: 'explain',
    summary: "one reading's way: each stage, when, what it became",
    load: async () => (await import('./commands/explain.ts')).explain,
  },
  {
    name: 'dlq',
    summary: 'dead letters: ls and show them, replay or discard them, log tells who did',
    load: async () => (await import('./commands/dlq.ts')).dlq,
  },
  {
    name: 'poll',
    summary: 'polled sources: ls shows how each stands, backfill fetches a time range',
    load: async () => (await import('./commands/poll.ts')).poll,
  },
  {
    name: 'rebuild',
    summary: 'the store made anew from the log',
    load: async () => (await import('./commands/rebuild.ts')).rebuild,
  },
  {
    name: 'backup',
    summary: 'the log and the store, consistent, while running',
    load: async () => (await import('./commands/backup.ts')).backup,
  },
  {
    name: 'copy-log',
    summary: 'the embedded log into Kafka, once, resumable',
    load: async () => (await import('./commands/copy-log.ts')).copyLogCommand,
  },
  {
    name: 'bench',
    summary: 'the benchmarks of this machine, with a JSON report',
    load: async () => (await import('./commands/bench.ts')).bench,
  },
];
