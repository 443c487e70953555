import type { GoneEntry, SinkCounts } from './ledger-entries.ts';

type Counts = Readonly<Record<string, SinkCounts>>;

/**
 * A sink that began with a copied log never saw what the log held no longer by then: it is expired there, as it is for
 * a store that `millrace rebuild` makes anew. A sink whose account came along has counted it.
 */
export function countGone(sink: string, sources: Counts, gone: GoneEntry | undefined): Counts {
  if (gone === undefined || gone.countedBy.includes(sink)) return sources;
  const counted = new Map(Object.entries(sources));
  for (const [source, readings] of Object.entries(gone.sources)) {
    const { stored = 0, expired = 0, deadLettered = 0 } = counted.get(source) ?? {};
    counted.set(source, { stored, expired: expired + readings, deadLettered });
  }
  return Object.fromEntries(counted);
}
