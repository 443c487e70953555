import { type LogEntry, type logCreator, logLevel } from 'kafkajs';
import type { EventName, Events } from '../../../events.ts';

/** A line of one kind is written so often at most; the next tells how many were held back. */
const quietMs = 30_000;

/**
 * kafkajs logs each attempt of everything it tries again as an error, with stacks. What it can't mend reaches
 * our code as a rejection and is told there; these belong to its ordinary life (a group that forms, an answer
 * 'not yet', a member that left) and are for `debug` only.
 */
const ordinary = [
  /^Response /,
  /rebalanc/i,
  /^The coordinator is not aware of this member/,
  /resync group/,
  /coordinator is not available/i,
  // We cut these connections ourselves, to send the same again on new ones.
  /The client has been given up/,
];

/** Bridges kafkajs's log into named events: at most one warning of a kind in 30 s, and the rest on `debug`. */
export function kafkaLogLines(events: Events | undefined): logCreator {
  const kinds = new Map<string, { writtenAtMs: number; held: number }>();
  return () => (entry) => {
    if (!events || entry.level === logLevel.INFO || entry.level === logLevel.DEBUG) return;
    const event = eventOf(entry);
    const { message, broker, groupId } = entry.log;
    const fields = { message: `Kafka: ${message}`, broker, groupId };
    const kind = kinds.get(event);
    const nowMs = performance.now();
    if (event === 'kafka.retries') events.debug(event, fields);
    else if (kind && nowMs - kind.writtenAtMs < quietMs) kind.held++;
    else {
      events.warn(event, { ...fields, ...(kind?.held ? { heldBack: kind.held } : {}) });
      kinds.set(event, { writtenAtMs: nowMs, held: 0 });
    }
  };
}

function eventOf({ log: { message } }: LogEntry): EventName {
  if (ordinary.some((pattern) => pattern.test(message))) return 'kafka.retries';
  if (/connect/i.test(message)) return 'kafka.unreachable';
  return 'kafka.trouble';
}
