import { hash } from 'node:crypto';
import type { PollBackfill } from '../../core/config/poll-declaration.ts';
import { secretText } from '../../core/config/secret.ts';
import type { PollState } from '../../core/poll/poll-state.ts';
import type { PollRequest } from './bounded-fetch.ts';
import { cursorTimeMs } from './higher-cursor.ts';
import type { Step } from './next-step.ts';
import type { SourcePlan } from './source-plan.ts';

type Parameters = Readonly<Record<string, string | number>>;

/** The request of a step, without credentials. Pure. */
export function buildRequest(plan: SourcePlan, state: PollState, step: Step): PollRequest {
  const { body, graphql, headers = {}, pages, query = {} } = plan.declaration;
  const isPost = body !== undefined || graphql !== undefined;
  const given = { ...incremental(plan, step), ...paging(plan, step) };
  const isAddressed = (pages?.by === 'link' || pages?.by === 'url') && step.walk.next !== null;
  const url = new URL(isAddressed ? (step.walk.next ?? '') : plan.url);
  if (!isAddressed) {
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, `${value}`);
    if (!isPost)
      for (const [name, value] of Object.entries(given)) url.searchParams.set(name, `${value}`);
  }
  const own = lowerCased({
    accept: `${graphql ? 'application/json' : plan.format.contentType}, */*;q=0.5`,
    'user-agent': 'millrace',
    ...(isPost && { 'content-type': 'application/json' }),
    ...Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, secretText(text)])),
  });
  if (!isPost) return withValidators({ method: 'GET', url, headers: own }, state, step);
  const sent = isAddressed ? {} : given;
  return { method: 'POST', url, headers: own, body: postBody(plan, sent) };
}

/** Names a request: an ETag is one of its answer only. */
export function printOfRequest({ method, url, body }: PollRequest): string {
  return hash('sha256', JSON.stringify([method, url.href, body]), 'base64url').slice(0, 22);
}

function postBody({ declaration: { body, graphql } }: SourcePlan, given: Parameters): string {
  if (graphql === undefined) return JSON.stringify({ ...body, ...given });
  const { operationName, query, variables } = graphql;
  return JSON.stringify({
    query,
    ...(operationName !== undefined && { operationName }),
    variables: { ...variables, ...given },
  });
}

/** Where the last poll stopped, or the window of the backfill. */
function incremental(plan: SourcePlan, step: Step): Parameters {
  const { backfill, cursor } = plan.declaration;
  if (step.kind === 'backfill') {
    if (backfill === undefined) return {};
    return {
      [backfill.from]: timeText(step.fromMs, backfill.as),
      [backfill.to]: timeText(step.toMs, backfill.as),
    };
  }
  // On its way the walk finds higher ones; what it asks for stays what it began with.
  const { since } = step.walk;
  if (cursor === undefined || since === null) return {};
  return { [cursor.param]: earlier(since, plan.overlapMs) };
}

function timeText(atMs: number, as: PollBackfill['as']): string | number {
  switch (as) {
    case 's':
      return Math.floor(atMs / 1000);
    case 'ms':
      return atMs;
    case 'date':
      return new Date(atMs).toISOString().slice(0, 10);
    default:
      return new Date(atMs).toISOString().replace('.000Z', 'Z');
  }
}

/** What is no time is asked for as it is. */
function earlier(cursor: string, overlapMs: number): string {
  const atMs = overlapMs === 0 ? undefined : cursorTimeMs(cursor);
  return atMs === undefined ? cursor : `${timeText(atMs - overlapMs, 'rfc3339')}`;
}

function paging({ declaration: { pages } }: SourcePlan, { walk: { next } }: Step): Parameters {
  switch (pages?.by) {
    case 'cursor':
      return next === null ? {} : { [pages.param]: next };
    case 'page':
    case 'offset': {
      const first = pages.first ?? (pages.by === 'page' ? 1 : 0);
      const size =
        pages.sizeParam === undefined || pages.size === undefined
          ? {}
          : { [pages.sizeParam]: pages.size };
      return { ...size, [pages.param]: next === null ? first : Number(next) };
    }
    default:
      return {};
  }
}

/** Only of a poll's first page: what says that it is unchanged ends the poll. */
function withValidators(request: PollRequest, { validators }: PollState, step: Step): PollRequest {
  const isFirst = step.kind === 'live' && step.walk.page === 0;
  if (!isFirst || validators === null || validators.of !== printOfRequest(request)) return request;
  const { etag, lastModified } = validators;
  return {
    ...request,
    headers: {
      ...request.headers,
      ...(etag !== null && { 'if-none-match': etag }),
      ...(lastModified !== null && { 'if-modified-since': lastModified }),
    },
  };
}

/** `Accept` of the configuration takes the place of ours. */
function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, text]) => [name.toLowerCase(), text]),
  );
}
