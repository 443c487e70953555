/** A topic with `{placeholders}`, compiled. */
export interface TopicTemplate {
  /** The MQTT filter that it implies. */
  readonly filter: string;
  readonly names: readonly string[];
  /** The placeholders' texts in order; undefined when the topic is another. */
  match(topic: string): readonly string[] | undefined;
}

/**
 * `city/{district}/sensor-{id}/#` -> filter `city/+/+/#`, names `district`, `id`. A placeholder keeps to one level.
 * Throws a SyntaxError where one stands twice.
 */
export function compileTopicTemplate(template: string): TopicTemplate {
  const names: string[] = [];
  const levels = template.split('/').map((level, index, all) => {
    if (level === '#' && index === all.length - 1) return { filter: '#', pattern: '' };
    if (level === '+') return { filter: '+', pattern: '[^/]*' };
    const pattern = level.split(/(\{[^{}]*\})/).map((piece) => {
      if (!/^\{[^{}]*\}$/.test(piece)) return piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      names.push(piece.slice(1, -1));
      return '([^/]*)';
    });
    return { filter: pattern.length > 1 ? '+' : level, pattern: pattern.join('') };
  });
  const doubled = names.find((name, index) => names.indexOf(name) < index);
  if (doubled !== undefined) throw new SyntaxError(`each placeholder once, not {${doubled}} twice`);
  const hasRest = levels.at(-1)?.filter === '#' && template.endsWith('#');
  const patterns = levels.map(({ pattern }) => pattern);
  const body = hasRest ? patterns.slice(0, -1).join('/') : patterns.join('/');
  const regExp = new RegExp(`^${body}${hasRest ? '(?:/.*)?' : ''}$`, 's');
  return {
    filter: levels.map(({ filter }) => filter).join('/'),
    names,
    match: (topic) => regExp.exec(topic)?.slice(1),
  };
}
