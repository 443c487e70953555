import type { Events } from '../events.ts';

/** What retention removed before a group had read it. */
export interface PassedRecords {
  readonly topic: string;
  readonly partition: number;
  readonly fromOffset: number;
  /** The first that is still there. */
  readonly toOffset: number;
}

/** Told when it happens: where the group stood was known, so it began there once and is too slow for the retention. */
export type OnPassed = (passed: PassedRecords) => void;

/** Nobody can give them back: it must be heard of. */
export function sayPassed(events: Events | undefined, group: string, passed: PassedRecords): void {
  const { topic, partition, fromOffset, toOffset } = passed;
  events?.error('log.records-passed', {
    message: `Retention has removed up to ${toOffset - fromOffset} records of ${topic}, partition ${partition}, that group ${group} had not read (offsets ${fromOffset} to ${toOffset - 1}; markers of transactions count too); it goes on after them. Give the topic a longer retention, or find out what holds the group up.`,
    ...{ group, topic, partition, fromOffset, toOffset },
  });
}
