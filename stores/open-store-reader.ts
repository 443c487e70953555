import type { Settings } from '../core/config/settings.ts';
import { sinksOf } from '../core/config/sinks-of.ts';
import type {
  DeadLetterReader,
  LatestReader,
  SeriesReader,
  SinkAccount,
  StoreReader,
  StoreTotals,
} from './store.ts';
import { StorePart } from './store-part.ts';

export interface HeldTotals extends Omit<StoreTotals, 'readings'> {
  /** Null where the store doesn't count them (InfluxDB). */
  readonly readings: number | null;
}

/** What is read of the stores, wherever they are. */
export interface ComposedStoreReader extends Omit<StoreReader, 'totals'> {
  totals(): Promise<HeldTotals>;
  /** Of each sink that keeps its account in its store; the others keep theirs in `ledger.v1`. */
  readonly accounts: Readonly<Record<string, () => Promise<SinkAccount>>>;
  /** Asks each server outside whether it can be read. Never rejects. */
  probe(): Promise<void>;
  /** What could not be read when it was last asked, a sentence each. */
  away(): readonly string[];
}

export type StoreSettings = Pick<Settings, 'dataDir' | 'postgresUrl' | 'influx'>;

type LatestPart = LatestReader &
  DeadLetterReader &
  Pick<StoreReader, 'account' | 'totals' | 'close'>;
interface SeriesPart extends SeriesReader {
  /** Of the SQLite store. */
  totals?(): Promise<Omit<StoreTotals, 'entities'>>;
  /** Of InfluxDB, which counts nothing. */
  span?(): Promise<Pick<StoreTotals, 'oldest' | 'newest'>>;
  close(): Promise<void>;
}

/** What can be asked of a part that may have more. */
interface Question<T> {
  use<R>(question: (part: T) => Promise<R>): Promise<R>;
}

/**
 * The stores that the settings name, as one: latest and dead letters from Postgres where there is one, else from
 * SQLite; series from InfluxDB where there is one, else from SQLite. Nothing is opened, and no driver loaded, before
 * it is asked for; so this succeeds while a server is away, and what needs it rejects with `STORE_UNAVAILABLE`.
 */
export function openStoreReader(options: {
  readonly settings: StoreSettings;
}): ComposedStoreReader {
  const { settings } = options;
  const sqlite = sqlitePart(settings);
  const postgres = postgresPart(settings);
  const influx = influxPart(settings);
  const latest: Question<LatestPart> = postgres ?? sqlite;
  const series: Question<SeriesPart> = influx ?? sqlite;
  const outside = [postgres, influx].filter((part) => part !== undefined);
  const runs = sinksOf(settings);
  return {
    entities: (query) => latest.use((part) => part.entities(query)),
    entity: (entityType, entityId) => latest.use((part) => part.entity(entityType, entityId)),
    snapshot: (query) => latest.use((part) => part.snapshot(query)),
    series: (query) => series.use((part) => part.series(query)),
    deadLetters: (query) => latest.use((part) => part.deadLetters(query)),
    deadLetter: (id) => latest.use((part) => part.deadLetter(id)),
    deadLetterGroups: (filter) => latest.use((part) => part.deadLetterGroups(filter)),
    ingressDeadLetters: () => latest.use((part) => part.ingressDeadLetters()),
    account: () => latest.use((part) => part.account()),
    totals: () => totalsOf(latest, series),
    accounts: {
      ...(runs.includes('sqlite-sink') && {
        'sqlite-sink': () => sqlite.use((part) => part.account()),
      }),
      ...(postgres && { 'postgres-sink': () => postgres.use((part) => part.account()) }),
    },
    probe: async () => {
      await Promise.all(outside.map((part) => part.probe()));
    },
    away: () => outside.map((part) => part.away).filter((sentence) => sentence !== undefined),
    close: async () => {
      await Promise.all([sqlite, ...outside].map((part) => part.close()));
    },
  };
}

/** Entities are those that have a latest; what there is of history its own store says. */
async function totalsOf(
  latest: Question<LatestPart>,
  series: Question<SeriesPart>,
): Promise<HeldTotals> {
  const [ofLatest, ofSeries] = await Promise.all([
    latest.use((part) => part.totals()),
    series.use(async (part) => part.totals?.() ?? { readings: null, ...(await part.span?.()) }),
  ]);
  return { ...ofLatest, ...ofSeries, entities: ofLatest.entities };
}

function sqlitePart({ dataDir }: StoreSettings): StorePart<StoreReader> {
  return new StorePart({
    what: `the store in ${dataDir}`,
    open: async () => {
      const { openSqliteReader } = await import('./sqlite/open-sqlite-store.ts');
      return openSqliteReader({ folder: dataDir });
    },
    probe: (part) => part.account(),
  });
}

function postgresPart({ postgresUrl: url }: StoreSettings): StorePart<LatestPart> | undefined {
  if (url === undefined) return undefined;
  return new StorePart<LatestPart>({
    what: `PostgreSQL at ${new URL(url).host}`,
    open: async () => {
      const { openPostgresReader } = await import('./postgres/open-postgres-store.ts');
      return openPostgresReader({ url });
    },
    probe: (part) => part.account(),
  });
}

/** A question that no store has an answer to, so that it costs nothing. */
const noSeries = {
  entities: [{ entityType: 'millrace-probe', entityId: 'none' }],
  fields: ['none'],
  from: 0,
  to: 1000,
  fn: 'last',
  maxPoints: 1,
} as const;

function influxPart({ influx }: StoreSettings): StorePart<SeriesPart> | undefined {
  if (influx === undefined) return undefined;
  return new StorePart<SeriesPart>({
    what: `InfluxDB at ${new URL(influx.url).host}`,
    open: async () => {
      const { openInfluxReader } = await import('./influx/open-influx-store.ts');
      return openInfluxReader({ influx });
    },
    probe: (part) => part.series(noSeries),
  });
}
