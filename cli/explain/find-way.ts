import { deadLetterCodec, readingCodec } from '../../core/codec.ts';
import type { SinkName } from '../../core/config/sinks-of.ts';
import type { LogReader, LogRecord, Offsets } from '../../core/log/event-log.ts';
import type { Reading } from '../../core/reading.ts';
import { deadLettersTopic, enrichedTopic, rawTopic } from '../../core/topics.ts';
import type { ComposedStoreReader } from '../../stores/open-store-reader.ts';
import type { StoreReader } from '../../stores/store.ts';
import { letterToJson, toRfc3339 } from '../dlq/format-dead-letter.ts';

export interface Stop {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** The record's time in the log. */
  readonly at: string;
}

export interface ReadingStop extends Stop {
  readonly reading: Reading;
}

/** One reading's way, as far as log and store still know it. */
export interface Way {
  readonly eventId: string;
  /** More than one: the sender repeated it. */
  readonly raw: readonly ReadingStop[];
  readonly enriched: readonly ReadingStop[];
  readonly deadLetters: readonly (Stop & {
    readonly letter: ReturnType<typeof letterToJson>;
  })[];
  /** Whether the enricher has come past the raw records, and each sink past the enriched ones. */
  readonly enricherHasRead: boolean;
  readonly sinks: Readonly<Record<string, { readonly hasRead: boolean }>>;
  /** Whether the entity's latest values are of this reading, or of a newer one. */
  readonly latest: 'this reading' | 'a newer reading' | 'nothing yet';
}

export interface FindWayParts {
  readonly log: LogReader;
  readonly store: ComposedStoreReader;
  /** Those that run with these settings. */
  readonly sinks: readonly SinkName[];
  readonly groupPrefix: string;
  readonly enricherGroup: string;
}

/** Reads the three topics through from their beginnings. Decodes only records that hold the id's bytes. */
export async function findWay(eventId: string, parts: FindWayParts): Promise<Way> {
  const found = await findRecords(eventId, parts.log);
  const raw = found.readings(rawTopic);
  const enriched = found.readings(enrichedTopic);
  const enricher = await parts.log.committed(parts.enricherGroup);
  return {
    eventId,
    raw,
    enriched,
    deadLetters: found.deadLetters(),
    enricherHasRead: raw.length > 0 && raw.every((stop) => isPast(enricher, stop)),
    sinks: Object.fromEntries(
      await Promise.all(
        parts.sinks.map(async (name) => {
          const offsets = await sinkOffsets(name, parts);
          const hasRead = enriched.length > 0 && enriched.every((stop) => isPast(offsets, stop));
          return [name, { hasRead }] as const;
        }),
      ),
    ),
    latest: await latestOf(enriched[0]?.reading, parts.store),
  };
}

/** Of a sink without an account of its own, the offsets that the log committed for it. */
async function sinkOffsets(name: SinkName, { log, store, groupPrefix }: FindWayParts) {
  const account = store.accounts[name];
  return account === undefined ? log.committed(`${groupPrefix}${name}`) : (await account()).offsets;
}

function isPast(offsets: Offsets, { topic, partition, offset }: Stop): boolean {
  return (offsets[topic]?.[partition] ?? 0) > offset;
}

async function latestOf(
  reading: Reading | undefined,
  store: Pick<StoreReader, 'entity'>,
): Promise<Way['latest']> {
  if (!reading) return 'nothing yet';
  const entity = await store.entity(reading.entityType, reading.entityId);
  if (!entity || entity.observedAt < reading.observedAt) return 'nothing yet';
  return entity.observedAt === reading.observedAt ? 'this reading' : 'a newer reading';
}

interface FoundRecord {
  readonly stop: Stop;
  readonly value: Buffer;
}

async function findRecords(eventId: string, log: LogReader) {
  const topics = [rawTopic, enrichedTopic, deadLettersTopic];
  const idBytes = Buffer.from(eventId, 'utf8');
  const records: FoundRecord[] = [];
  for await (const cut of log.tail(topics, { from: 'earliest' })) {
    for (const { topic, partition, records: some } of cut.batches) {
      for (const record of some) {
        if (record.value?.includes(idBytes)) {
          records.push({ stop: stopOf(topic, partition, record), value: record.value });
        }
      }
    }
    if (cut.atEnd) break;
  }
  const of = (topic: string) => records.filter(({ stop }) => stop.topic === topic);
  return {
    readings: (topic: string): ReadingStop[] =>
      of(topic)
        .map(({ stop, value }) => ({ ...stop, reading: readingCodec.decode(value) }))
        .filter(({ reading }) => reading.eventId === eventId),
    deadLetters: () =>
      of(deadLettersTopic)
        .map(({ stop, value }) => ({ ...stop, letter: deadLetterCodec.decode(value) }))
        .filter(({ letter }) => letter.eventId === eventId)
        .map(({ letter, ...stop }) => ({ ...stop, letter: letterToJson(letter) })),
  };
}

function stopOf(topic: string, partition: number, { offset, timestampMs }: LogRecord): Stop {
  return { topic, partition, offset, at: toRfc3339(timestampMs * 1000) };
}
