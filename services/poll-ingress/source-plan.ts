import { hash } from 'node:crypto';
import type { PollAuth, PollDeclaration } from '../../core/config/poll-declaration.ts';
import { secretText } from '../../core/config/secret.ts';
import { sizeBytesOr, spanMsOr } from '../../core/config/span.ts';
import type { Format } from '../../core/format.ts';
import { compileJsonPath, type JsonPath } from '../../formats/json/json-path.ts';
import { redactor } from './redactor.ts';

/** A source's `poll`, checked, with spans in milliseconds, its paths compiled and the defaults filled in. */
export interface SourcePlan {
  readonly source: string;
  readonly format: Format;
  readonly declaration: PollDeclaration;
  readonly url: URL;
  /** The path of the address: stands in dead letters and is the format's topic. Never a query. */
  readonly topic: string;
  readonly everyMs: number;
  readonly jitterMs: number;
  readonly timeoutMs: number;
  readonly maxBodyBytes: number;
  readonly paceMs: number;
  readonly circuit: { readonly failures: number; readonly openMs: number };
  readonly maxPages: number;
  readonly backfillStepMs: number;
  readonly overlapMs: number;
  readonly paths: {
    readonly items: JsonPath | undefined;
    readonly next: JsonPath | undefined;
    readonly more: JsonPath | undefined;
    readonly total: JsonPath | undefined;
    readonly cursor: JsonPath | undefined;
  };
  /** Hosts that may be asked, beside that of `url`. */
  readonly otherHosts: ReadonlySet<string>;
  /** Of what a walk, and the cursor, depend on. No secret is in them. */
  readonly requestPrint: string;
  readonly cursorPrint: string;
  /** Takes the secrets of this source out of a sentence. */
  readonly redact: (sentence: string) => string;
}

const defaults = {
  timeoutMs: 30_000,
  maxBodyBytes: 16e6,
  failures: 5,
  openMs: 60_000,
  maxPages: 10_000,
};
const dayMs = 86_400_000;
const longestJitterMs = 30_000;

/** Of a declaration that the check at start found right. */
export function sourcePlan(source: string, format: Format, poll: PollDeclaration): SourcePlan {
  const { circuit, cursor, pages } = poll;
  const url = new URL(poll.url);
  const everyMs = spanMsOr(poll.every, 0);
  const compiled = (text: string | undefined) =>
    text === undefined ? undefined : compileJsonPath(text);
  const isCounted = pages?.by === 'page' || pages?.by === 'offset';
  return {
    source,
    format,
    declaration: poll,
    url,
    topic: url.pathname,
    everyMs,
    jitterMs: spanMsOr(poll.jitter, Math.min(everyMs / 10, longestJitterMs)),
    timeoutMs: spanMsOr(poll.timeout, defaults.timeoutMs),
    maxBodyBytes: sizeBytesOr(poll.maxBody, defaults.maxBodyBytes),
    paceMs: spanMsOr(poll.pace, 0),
    circuit: {
      failures: circuit?.failures ?? defaults.failures,
      openMs: spanMsOr(circuit?.open, defaults.openMs),
    },
    maxPages: pages?.max ?? defaults.maxPages,
    backfillStepMs: spanMsOr(poll.backfill?.step, dayMs),
    overlapMs: spanMsOr(cursor?.overlap, 0),
    paths: {
      items: compiled(poll.items),
      next: compiled(pages?.by === 'cursor' || pages?.by === 'url' ? pages.path : undefined),
      more: compiled(pages?.by === 'cursor' ? pages.more : undefined),
      total: compiled(isCounted ? pages.total : undefined),
      cursor: compiled(cursor?.path),
    },
    otherHosts: new Set((poll.redirects ?? []).map((host) => host.toLowerCase())),
    requestPrint: printOf([
      [poll.url, poll.every, poll.query, poll.body, poll.graphql],
      [poll.items, pages, cursor?.path, cursor?.param],
    ]),
    cursorPrint: printOf([poll.url, cursor?.path, cursor?.param, cursor?.take]),
    redact: redactor(secretsOf(poll)),
  };
}

function printOf(what: unknown): string {
  return hash('sha256', JSON.stringify(what), 'base64url').slice(0, 22);
}

function secretsOf({ auth, headers = {} }: PollDeclaration): string[] {
  const given = auth === undefined ? [] : authSecrets(auth);
  return [...given, ...Object.values(headers)].map(secretText);
}

function authSecrets(auth: PollAuth) {
  switch (auth.type) {
    case 'bearer':
    case 'apiKey':
      return [auth.token];
    case 'basic':
      return [auth.password];
    case 'oauth2':
      return [auth.clientSecret];
  }
}
