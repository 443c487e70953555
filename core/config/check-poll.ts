import { compile } from 'json-p3';
import { isLoopback } from '../loopback.ts';
import type { FaultList } from './fault-list.ts';
import type { PollDeclaration } from './poll-declaration.ts';
import { parseSpanMs } from './span.ts';
import { warnOfPlainSecrets } from './warn-of-plain-secrets.ts';

type Keys = readonly PropertyKey[];

const shortestEveryMs = 1000;

/** What hangs together in a source's `poll`, once each part has its shape. */
export function checkPoll(path: Keys, poll: PollDeclaration, list: FaultList): void {
  const { body, cursor, every, graphql, items, pages } = poll;
  if ((parseSpanMs(every) ?? 0) < shortestEveryMs)
    list.add([...path, 'every'], 'a span of 1s or more', every);
  if (body !== undefined && graphql !== undefined)
    list.add([...path, 'body'], 'either body or graphql: both are the body of a POST', 'both');
  for (const [keys, text] of pathsOf(poll)) checkPath([...path, ...keys], text, list);
  const isCounted = pages?.by === 'page' || pages?.by === 'offset';
  if (isCounted && items === undefined)
    list.add(
      [...path, 'items'],
      'a JSONPath to the items: the page without any is the last',
      items,
    );
  if (isCounted && pages.sizeParam !== undefined && pages.size === undefined)
    list.add([...path, 'pages', 'size'], 'the number that is sent as sizeParam', pages.size);
  if (cursor?.overlap !== undefined && cursor.take === 'last')
    list.add([...path, 'cursor', 'overlap'], 'no overlap beside take: last', cursor.overlap);
  warnOfPlainSecrets([...path, 'auth'], poll.auth, list);
  warnOfPlainSecrets([...path, 'headers'], poll.headers, list);
  warnOfPlainCredentials(path, poll, list);
}

function* pathsOf({ items, pages, cursor }: PollDeclaration): Iterable<[Keys, string]> {
  if (items !== undefined) yield [['items'], items];
  if (cursor !== undefined) yield [['cursor', 'path'], cursor.path];
  if (pages?.by === 'cursor' || pages?.by === 'url') yield [['pages', 'path'], pages.path];
  if (pages?.by === 'cursor' && pages.more !== undefined) yield [['pages', 'more'], pages.more];
  if ((pages?.by === 'page' || pages?.by === 'offset') && pages.total !== undefined)
    yield [['pages', 'total'], pages.total];
}

function checkPath(path: Keys, text: string, list: FaultList): void {
  try {
    compile(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    list.add(path, `a JSONPath (RFC 9535; ${why})`, text);
  }
}

function warnOfPlainCredentials(path: Keys, { auth, url }: PollDeclaration, list: FaultList): void {
  if (auth === undefined) return;
  const addresses: [Keys, string][] = [[['url'], url]];
  if (auth.type === 'oauth2') addresses.push([['auth', 'tokenUrl'], auth.tokenUrl]);
  for (const [keys, address] of addresses) {
    const { protocol, hostname } = new URL(address);
    if (protocol === 'http:' && !isLoopback(hostname))
      list.warn(
        [...path, ...keys],
        'The credentials go over http, which anyone on the way can read.',
      );
  }
}
