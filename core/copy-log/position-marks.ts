import {
  type EnricherEntry,
  enricherKeyPrefix,
  parseSinkKey,
  type SinkEntry,
} from '../ledger/ledger-entries.ts';
import type { LogRecord, Offsets } from '../log/event-log.ts';
import { enrichedTopic, rawTopic } from '../topics.ts';

/** Offsets that somebody stands at, by topic and partition. */
export class PositionMarks {
  readonly #offsets = new Map<string, Set<number>>();

  add(topic: string, partition: number, offset: number): void {
    const place = `${topic}/${partition}`;
    const known = this.#offsets.get(place) ?? new Set();
    this.#offsets.set(place, known.add(offset));
  }

  addAll(offsets: Offsets): void {
    for (const [topic, partitions] of Object.entries(offsets))
      for (const [partition, offset] of Object.entries(partitions))
        this.add(topic, Number(partition), offset);
  }

  /** Rising. */
  of(topic: string, partition: number): readonly number[] {
    return [...(this.#offsets.get(`${topic}/${partition}`) ?? [])].sort((a, b) => a - b);
  }
}

/** The position of another topic that a ledger entry names: its counts belong to it. Undefined: it names none. */
export function ledgerPosition({ key, value }: Pick<LogRecord, 'key' | 'value'>) {
  if (value === null) return undefined;
  const sink = parseSinkKey(key);
  const isEnricher = key.startsWith(enricherKeyPrefix);
  if (sink === undefined && !isEnricher) return undefined;
  const entry = JSON.parse(value.toString('utf8')) as EnricherEntry | SinkEntry;
  return {
    topic: isEnricher ? rawTopic : enrichedTopic,
    partition: sink?.partition ?? Number(key.slice(enricherKeyPrefix.length)),
    entry,
  };
}

/** The entry as the target's ledger has it: the same counts, with the offset there that they belong to. */
export function movedLedgerValue(
  record: Pick<LogRecord, 'key' | 'value'>,
  newOffset: (topic: string, partition: number, offset: number) => number,
): Buffer | null {
  const position = ledgerPosition(record);
  if (position === undefined) return record.value;
  const { topic, partition, entry } = position;
  const moved = { ...entry, offset: newOffset(topic, partition, entry.offset) };
  return Buffer.from(JSON.stringify(moved));
}
