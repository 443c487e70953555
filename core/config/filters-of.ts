interface SourceTopics {
  readonly topics?: readonly string[] | undefined;
  readonly format: { readonly topics?: readonly string[] | undefined };
  readonly webhook?: unknown;
  readonly poll?: unknown;
}

/**
 * The MQTT topic filters of a source: its own, then those that its format implies. One that is sent to or fetched
 * has those alone that it names itself.
 */
export function filtersOf({ topics = [], format, webhook, poll }: SourceTopics): readonly string[] {
  const hasAnotherWay = webhook !== undefined || poll !== undefined;
  return hasAnotherWay ? topics : [...topics, ...(format.topics ?? [])];
}
