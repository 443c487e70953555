import { positionsOf, standingOf } from '../../core/ledger/ledger-positions.ts';
import type { EventLog } from '../../core/log/event-log.ts';
import { ledgerTopic } from '../../core/topics.ts';
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
    account: async () => standingOf(positionsOf(ledger), sinkName),
    close: () => ledger.close(),
  };
}
