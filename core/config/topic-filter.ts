/** What a topic filter must look like (MQTT 5, 4.7), for messages. */
export const topicFilterExpected =
  'an MQTT topic filter: not empty, + alone in a level, # alone in the last one';

/** MQTT 5, 4.7.1: `+` stands alone in a level, `#` alone in the last; no NUL; 1 to 65,535 bytes. */
export function isTopicFilter(filter: string): boolean {
  if (filter === '' || filter.includes('\0') || Buffer.byteLength(filter) > 65_535) return false;
  const levels = sharedFilter(filter).split('/');
  return levels.every(
    (level, index) =>
      level === '+' ||
      (level === '#' && index === levels.length - 1) ||
      !(level.includes('+') || level.includes('#')),
  );
}

/** `$share/group/filter` (MQTT 5, 4.8.2) -> filter; any other as it is, and nothing where the filter is missing. */
function sharedFilter(filter: string): string {
  if (!filter.startsWith('$share/')) return filter;
  return /^\$share\/[^/+#]+\/(.+)$/s.exec(filter)?.[1] ?? '++';
}

/** Is there a topic that both filters match? Then one of the sources never sees it. */
export function filtersOverlap(a: string, b: string): boolean {
  const [first, ...restA] = sharedFilter(a).split('/');
  const [second, ...restB] = sharedFilter(b).split('/');
  // Wildcards at the front don't match topics that begin with $ (4.7.2).
  const isWild = (level: string | undefined) => level === '+' || level === '#';
  if (isWild(first) !== isWild(second) && (first?.startsWith('$') || second?.startsWith('$')))
    return false;
  return levelsOverlap([first ?? '', ...restA], [second ?? '', ...restB]);
}

/** Does the first match every topic that the second matches? Shared ones count as the filters that they share. */
export function filterCovers(wide: string, narrow: string): boolean {
  const outer = sharedFilter(wide).split('/');
  const inner = sharedFilter(narrow).split('/');
  const [first] = outer;
  if ((first === '+' || first === '#') && inner[0]?.startsWith('$')) return false;
  for (const [index, level] of outer.entries()) {
    if (level === '#') return true;
    const covered = inner[index];
    if (covered === undefined || covered === '#') return false;
    if (level !== '+' && level !== covered) return false;
  }
  return outer.length === inner.length;
}

function levelsOverlap(a: readonly string[], b: readonly string[]): boolean {
  for (let index = 0; ; index++) {
    const left = a[index];
    const right = b[index];
    // `sport/#` also matches `sport` itself (4.7.1.2).
    if (left === '#' || right === '#') return true;
    if (left === undefined || right === undefined) return left === right;
    if (left !== '+' && right !== '+' && left !== right) return false;
    if (left === undefined) return false;
  }
}
