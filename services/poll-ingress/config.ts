import type { Pipeline } from '../../core/config/pipeline.ts';
import type { Settings } from '../../core/config/settings.ts';
import { pollsTopic } from '../../core/topics.ts';
import { type SourcePlan, sourcePlan } from './source-plan.ts';

/** Its offsets say which asks are done. */
function pollGroup({ groupPrefix }: Pick<Settings, 'groupPrefix'>): string {
  return `${groupPrefix}poll-ingress`;
}

export function pollConfig(settings: Pick<Settings, 'groupPrefix'>) {
  return {
    group: pollGroup(settings),
    topics: [pollsTopic],
    // A batch commits when its last request is done: few, so that a page's records wait for few others.
    maxRecords: 20,
    maxBytes: 100_000,
  };
}

export function sourcePlans({ sources }: Pick<Pipeline, 'sources'>): Map<string, SourcePlan> {
  return new Map(
    Object.entries(sources).flatMap(([source, { format, poll }]) =>
      poll === undefined ? [] : [[source, sourcePlan(source, format, poll)]],
    ),
  );
}
