import { filterCovers } from './topic-filter.ts';

interface SourceTopics {
  readonly topics?: readonly string[] | undefined;
  readonly format: { readonly topics?: readonly string[] | undefined };
  readonly webhook?: unknown;
  readonly poll?: unknown;
}

/**
 * The MQTT topic filters of a source: its own, then those that its format implies and that its own don't cover: a
 * source that names `$share/group/meters/+` is not to get `meters/+` a second time beside it. One that is sent to or
 * fetched has those alone that it names itself.
 */
export function filtersOf({ topics = [], format, webhook, poll }: SourceTopics): readonly string[] {
  const hasAnotherWay = webhook !== undefined || poll !== undefined;
  if (hasAnotherWay) return topics;
  const implied = (format.topics ?? []).filter(
    (filter) => !topics.some((own) => own !== filter && filterCovers(own, filter)),
  );
  return [...topics, ...implied];
}
