import type { Registry } from 'prom-client';
import type { Pipeline } from './config/pipeline.ts';
import type { Settings } from './config/settings.ts';
import type { Events } from './events.ts';
import type { EventLog } from './log/event-log.ts';

/** What every service is handed at its start. */
export interface ServiceContext {
  readonly pipeline: Pipeline;
  readonly settings: Settings;
  readonly log: EventLog;
  readonly events: Events;
  readonly metrics: Registry;
  /** Microseconds since 1970, whole. A test hands in its own. */
  readonly now: () => number;
  /** Every service of this process, for the dashboard's `/readyz`; absent: the dashboard answers for itself. */
  readonly services?: () => readonly Service[];
}

export interface Health {
  readonly ready: boolean;
  /** When not ready: what is missing, as a sentence. When ready: what is away that it can do without for a while. */
  readonly detail?: string;
}

/** Every service has this face. */
export interface Service {
  readonly name: string;
  health(): Health;
  /** Stops input, drains, commits, closes. Idempotent. */
  stop(): Promise<void>;
}

export type StartService = (context: ServiceContext) => Promise<Service>;
