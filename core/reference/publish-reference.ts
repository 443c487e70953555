import { modelCodec, registerEntryCodec } from '../codec.ts';
import type { Pipeline } from '../config/pipeline.ts';
import type { Events } from '../events.ts';
import type { EventLog, NewRecord } from '../log/event-log.ts';
import { modelsTopic, registersTopic } from '../topics.ts';
import { readRegister } from './read-register.ts';
import { registerKey } from './register-table.ts';
import { toModels } from './to-models.ts';

export interface PublishReferenceParts {
  readonly pipeline: Pick<Pipeline, 'models' | 'registers' | 'folder'>;
  readonly log: EventLog;
  readonly events: Events;
  /** Microseconds since 1970. */
  readonly now: () => number;
}

/** Records in one append. */
const appendRecords = 1000;

/**
 * Makes `models.v1` and `registers.v1` say what the configuration and its files say: writes what differs, and a
 * tombstone for what is gone; nothing when nothing changed. Called once at the start, after the topics are there and
 * before the services. Throws `INPUT_INVALID` for a register's file that can't be used.
 */
export async function publishReference(parts: PublishReferenceParts): Promise<void> {
  const { pipeline, events } = parts;
  const models = new Map<string, Buffer>();
  for (const model of toModels(pipeline.models)) {
    models.set(model.entityType, modelCodec.encode(model));
  }
  const entries = new Map<string, Buffer>();
  let repeatedKeys = 0;
  for (const [name, declaration] of Object.entries(pipeline.registers ?? {})) {
    for (const entry of await readRegister(name, declaration, pipeline.folder)) {
      const key = registerKey(name, entry.key);
      if (entries.has(key)) repeatedKeys++;
      entries.set(key, registerEntryCodec.encode(entry));
    }
  }
  if (repeatedKeys > 0) {
    events.warn('register.keys-repeated', {
      message: `Rows of the registers with the key of an earlier row, which they replace: ${repeatedKeys}.`,
      rows: repeatedKeys,
    });
  }
  const changedModels = await publish(parts, modelsTopic, models);
  const changedEntries = await publish(parts, registersTopic, entries);
  events.info('reference.published', {
    message: `Models: ${models.size} (${changedModels} changed); entries of registers: ${entries.size} (${changedEntries} changed).`,
    models: models.size,
    changedModels,
    entries: entries.size,
    changedEntries,
  });
}

async function publish(
  { log, now }: PublishReferenceParts,
  topic: string,
  wanted: ReadonlyMap<string, Buffer>,
): Promise<number> {
  const timestampMs = Math.floor(now() / 1000);
  const records: NewRecord[] = [];
  const table = await log.table(topic);
  for (const [key, value] of wanted) {
    if (!table.get(key)?.value?.equals(value)) records.push({ topic, key, value, timestampMs });
  }
  for (const [key] of table.entries()) {
    if (!wanted.has(key)) records.push({ topic, key, value: null, timestampMs });
  }
  table.close();
  for (let start = 0; start < records.length; start += appendRecords) {
    await log.append(records.slice(start, start + appendRecords));
  }
  return records.length;
}
