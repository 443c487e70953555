import { compile } from 'json-p3';
import { MillraceError } from './errors.ts';

export type Where = (value: unknown) => boolean;

/**
 * `@.numbers.speed > 10`: a JSONPath filter (RFC 9535) over the decoded value. `field=value`: equality of a field,
 * a field of numbers, flags, texts or tags, or a path such as `position.lat`. Throws `INPUT_INVALID`.
 */
export function parseWhere(text: string): Where {
  const [, path, wanted] = /^([A-Za-z_][\w.-]*)=([^=].*|)$/.exec(text) ?? [];
  if (path !== undefined && wanted !== undefined) return equality(path.split('.'), wanted);
  try {
    const query = compile(text.startsWith('$') ? text : `$[?${text}]`);
    return (value) => query.query([value] as never).nodes.length > 0;
  } catch (error) {
    throw new MillraceError(
      'INPUT_INVALID',
      `A filter should be field=value or a JSONPath filter such as '@.numbers.speed > 10', and is "${text}": ${(error as Error).message}`,
      { cause: error },
    );
  }
}

const groups = ['numbers', 'flags', 'texts', 'tags'];

function equality(path: readonly string[], wanted: string): Where {
  const [first] = path;
  const paths =
    path.length === 1 && first ? [path, ...groups.map((group) => [group, first])] : [path];
  return (value) =>
    paths.some((candidate) => {
      const found = follow(value, candidate);
      return found !== undefined && typeof found !== 'object' && String(found) === wanted;
    });
}

function follow(value: unknown, path: readonly string[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = Reflect.get(found, name);
  }
  return found;
}
