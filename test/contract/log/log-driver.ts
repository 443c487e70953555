import type { Events } from '../../../core/events.ts';
import type { EventLog, LogReader, NewRecord, TopicSpec } from '../../../core/log/event-log.ts';

/** Bounds that the contract's tests make small, in the words of every driver. */
export interface LogTestOptions {
  readonly maxPendingBytes?: number;
  readonly maintenanceIntervalMs?: number;
  readonly events?: Events;
}

/** One log of a driver, empty at first. */
export interface LogUnderTest {
  open(options?: LogTestOptions): Promise<EventLog>;
  /** As another process would read it. */
  openReader(): Promise<LogReader>;
  /** Closes what is open and removes the log. */
  remove(): Promise<void>;
}

export interface LogDriver {
  readonly name: string;
  /** A tail that asks for whole commits gets cuts of them over all its topics. */
  readonly hasConsistentCuts: boolean;
  create(): Promise<LogUnderTest>;
}

export function topic(name: string, partitions: number, more: Partial<TopicSpec> = {}): TopicSpec {
  return { name, partitions, cleanup: 'delete', retentionMs: null, retentionBytes: null, ...more };
}

export function record(
  topicName: string,
  key: string,
  value: string | null,
  timestampMs = 1,
): NewRecord {
  return { topic: topicName, key, value: value === null ? null : Buffer.from(value), timestampMs };
}
