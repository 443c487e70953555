import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ReadingTrial } from '../../../core/dead-letters/attempt.ts';
import type { LedgerView } from '../../../core/ledger/ledger-view.ts';
import type { ServiceContext } from '../../../core/service.ts';
import type { ComposedStoreReader } from '../../../stores/open-store-reader.ts';
import type { LiveHub } from '../live/live-hub.ts';
import type { LiveMetrics } from '../live/live-metrics.ts';
import type { StoreReturn } from '../live/store-return.ts';
import type { ReferenceTables } from './reference-tables.ts';
import type { ZodTypes } from './zod-compilers.ts';

/** The server as routes see it: requests are typed by their zod schemas. */
export type ApiServer = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypes
>;

/** What the routes answer from. */
export interface ApiParts {
  readonly context: ServiceContext;
  readonly store: ComposedStoreReader;
  readonly storeReturn: StoreReturn;
  readonly reference: ReferenceTables;
  readonly ledger: Pick<LedgerView, 'read'>;
  readonly hub: LiveHub;
  readonly liveMetrics: LiveMetrics;
  /** What the enricher would make of readings; opened when it is first asked for. */
  readonly trial: () => Promise<{ readonly tryReading: ReadingTrial }>;
}
