import { type SinkEntry, sinkKey } from '../../core/ledger/ledger-entries.ts';
import { sourceOf } from '../../core/ledger/source-of.ts';
import type { Consumption, EventLog } from '../../core/log/event-log.ts';
import { enrichedTopic, ledgerTopic } from '../../core/topics.ts';

type Sources = Record<string, { stored: number; expired: number; deadLettered: number }>;

/** A sink that stores nothing and, as influx-sink does, commits its counts with its offsets in `ledger.v1`. */
export async function startEntrySink(
  log: EventLog,
  {
    name,
    group = name,
    maxRecords,
  }: { readonly name: string; readonly group?: string; readonly maxRecords: number },
): Promise<{ readonly name: string } & Consumption> {
  const consumption = await log.process({
    group,
    topics: [enrichedTopic],
    maxRecords,
    handle: async ({ partition, records, nextOffset }, context) => {
      const state = context.state('counts', 1);
      await state.load(['sources']);
      const before = state.get('sources');
      const sources: Sources = before ? JSON.parse(before.toString()) : {};
      for (const { value } of records) {
        const source = sourceOf(value);
        sources[source] ??= { stored: 0, expired: 0, deadLettered: 0 };
        sources[source].stored++;
      }
      state.put('sources', Buffer.from(JSON.stringify(sources)));
      const entry: SinkEntry = { offset: nextOffset, sources };
      return [
        {
          topic: ledgerTopic,
          key: sinkKey(name, partition),
          value: Buffer.from(JSON.stringify(entry)),
          timestampMs: Date.now(),
        },
      ];
    },
  });
  return { name, stop: () => consumption.stop() };
}
