import { MillraceError } from '../../core/errors.ts';
import type { ServiceContext } from '../../core/service.ts';
import { deadLetterMarksTopic, deadLettersTopic, enrichedTopic } from '../../core/topics.ts';
import type { SinkConfig } from '../../stores/sink/sink-config.ts';

export const sinkName = 'postgres-sink';

export interface PostgresSinkConfig extends SinkConfig {
  readonly url: string;
}

/** Throws `SETTING_INVALID` when no Postgres is named. */
export function sinkConfig({ settings }: Pick<ServiceContext, 'settings'>): PostgresSinkConfig {
  if (settings.postgresUrl === undefined)
    throw new MillraceError(
      'SETTING_INVALID',
      'The postgres-sink needs MILLRACE_POSTGRES_URL, such as postgres://user:password@host:5432/database; it is not set.',
    );
  return {
    name: sinkName,
    url: settings.postgresUrl,
    group: `${settings.groupPrefix}${sinkName}`,
    topics: [enrichedTopic, deadLettersTopic, deadLetterMarksTopic],
    maxRecords: 4000,
    maxBytes: 4_000_000,
    minBatchIntervalMs: 500,
    retry: { firstMs: 100, maxMs: 10_000 },
    pruneEveryMs: 10_000,
  };
}
