/** How resolved names split into texts. */
export interface Names {
  readonly placeholders: readonly string[];
  /** The placeholders' texts in order; undefined when the name is another. */
  split(name: string): readonly string[] | undefined;
}

/** What stands after the last colon or slash is the field, what stands before it the device. */
const byLastSeparator: Names = {
  placeholders: ['device', 'field'],
  split(name) {
    const at = Math.max(name.lastIndexOf(':'), name.lastIndexOf('/'));
    return at < 1 || at === name.length - 1 ? undefined : [name.slice(0, at), name.slice(at + 1)];
  },
};

/**
 * `urn:dev:ow:{device}:{field}`: the first placeholder takes as much as it can, the others keep between colons and
 * slashes. Throws a SyntaxError where one stands twice.
 */
export function compileNames(template: string | undefined): Names {
  if (template === undefined) return byLastSeparator;
  const placeholders: string[] = [];
  const pattern = template.split(/(\{[^{}]*\})/).map((piece) => {
    if (!/^\{[^{}]*\}$/.test(piece)) return piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    placeholders.push(piece.slice(1, -1));
    return placeholders.length === 1 ? '(.+)' : '([^:/]+)';
  });
  const doubled = placeholders.find((name, index) => placeholders.indexOf(name) < index);
  if (doubled !== undefined || placeholders.length === 0)
    throw new SyntaxError('a text with placeholders, each once, as {device}:{field}');
  const regExp = new RegExp(`^${pattern.join('')}$`);
  return { placeholders, split: (name) => regExp.exec(name)?.slice(1) };
}
