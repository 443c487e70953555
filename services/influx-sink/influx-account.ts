import {
  parseLedgerEntry,
  parseSinkKey,
  type SinkEntry,
} from '../../core/ledger/ledger-entries.ts';
import type { EventLog } from '../../core/log/event-log.ts';
import { enrichedTopic, ledgerTopic } from '../../core/topics.ts';
import type { SinkAccount } from '../../stores/store.ts';
import { sinkName } from './config.ts';

export interface InfluxAccount {
  /** Of all instances of this sink, as far as they have committed. */
  account(): Promise<SinkAccount>;
  close(): void;
}

/** The sink's account as it stands in `ledger.v1`: the metrics and the ledger say the same. */
export async function followAccount(log: Pick<EventLog, 'table'>): Promise<InfluxAccount> {
  const ledger = await log.table(ledgerTopic);
  return {
    async account() {
      const offsets: Record<number, number> = {};
      const sources: Record<string, SinkAccount['sources'][string]> = Object.create(null);
      for (const [key, { value }] of ledger.entries()) {
        const parsed = parseSinkKey(key);
        if (parsed?.sink !== sinkName || value === null) continue;
        const entry = parseLedgerEntry<SinkEntry>(value);
        offsets[parsed.partition] = entry.offset;
        for (const [source, counts] of Object.entries(entry.sources)) {
          const sum = sources[source] ?? { stored: 0, expired: 0, deadLettered: 0 };
          sources[source] = {
            stored: sum.stored + counts.stored,
            expired: sum.expired + counts.expired,
            deadLettered: sum.deadLettered + counts.deadLettered,
          };
        }
      }
      return { offsets: { [enrichedTopic]: offsets }, sources };
    },
    close: () => ledger.close(),
  };
}
