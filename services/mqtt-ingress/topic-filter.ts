export type TopicMatch = (topic: string) => boolean;

/**
 * Whether topics match a filter, by MQTT 3.1.1 section 4.7: `+` is one level, `#` the rest (and the level above it),
 * and a filter that begins with a wildcard matches no topic that begins with `$`.
 * A shared subscription (`$share/group/filter`) matches what its filter matches.
 */
export function compileTopicFilter(filter: string): TopicMatch {
  const plain = withoutShare(filter);
  if (!plain.includes('+') && !plain.includes('#')) return (topic) => topic === plain;
  const levels = plain.split('/');
  const hidesSystemTopics = levels[0] === '+' || levels[0] === '#';
  return (topic) => {
    if (hidesSystemTopics && topic.charCodeAt(0) === 0x24) return false;
    return matchesLevels(levels, topic);
  };
}

function matchesLevels(levels: readonly string[], topic: string): boolean {
  let start = 0;
  for (const [index, level] of levels.entries()) {
    if (level === '#') return true;
    // Past the topic's last level `start` is beyond its end; only `#` stands for no level at all.
    if (start > topic.length) return false;
    const slash = topic.indexOf('/', start);
    const end = slash === -1 ? topic.length : slash;
    if (level !== '+' && !(end - start === level.length && topic.startsWith(level, start))) {
      return false;
    }
    start = end + 1;
    if (index === levels.length - 1) return slash === -1;
  }
  return false;
}

/** The filter that a shared subscription shares; any other filter is given back as it is. */
function withoutShare(filter: string): string {
  if (!filter.startsWith('$share/')) return filter;
  const slash = filter.indexOf('/', '$share/'.length);
  return slash === -1 ? filter : filter.slice(slash + 1);
}
