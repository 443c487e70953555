import type { SecretText } from './secret.ts';

/** How we sign in at a provider. Tokens of OAuth2 are kept in memory only. */
export type PollAuth =
  | { readonly type: 'bearer'; readonly token: SecretText }
  | { readonly type: 'basic'; readonly username: SecretText; readonly password: SecretText }
  /** In the header, or the query parameter, of this name. */
  | { readonly type: 'apiKey'; readonly header: string; readonly token: SecretText }
  | { readonly type: 'apiKey'; readonly query: string; readonly token: SecretText }
  /** Client credentials (RFC 6749, 4.4). */
  | {
      readonly type: 'oauth2';
      readonly tokenUrl: string;
      readonly clientId: SecretText;
      readonly clientSecret: SecretText;
      readonly scope?: string;
      /** Further parameters of the token request: `audience`, `resource`. */
      readonly parameters?: Readonly<Record<string, string>>;
      /** Where the client's secret goes; `basic` when absent. */
      readonly clientAuth?: 'basic' | 'post';
    };

interface PagesBound {
  /** A walk through more pages than this ends as a failure; 10,000 when absent. */
  readonly max?: number;
}

/**
 * How the next page is asked for. `param` is a parameter of the query; with `graphql` a variable, with `body` a key of
 * the body.
 */
export type PollPages = PagesBound &
  (
    | {
        readonly by: 'cursor';
        /** JSONPath to the cursor of the next page; absent, null or empty there: this was the last page. */
        readonly path: string;
        readonly param: string;
        /** JSONPath to whether there is more, where the cursor stays on the last page. */
        readonly more?: string;
      }
    | {
        readonly by: 'page' | 'offset';
        readonly param: string;
        /** The number of the first page (1 when absent) or offset (0). */
        readonly first?: number;
        /** Items of a full page, sent as `sizeParam` where that is given; a page with fewer is the last. */
        readonly size?: number;
        readonly sizeParam?: string;
        /** JSONPath to how many pages (`page`) or items (`offset`) there are. */
        readonly total?: string;
      }
    /** The Link header (RFC 8288); `next` when absent. */
    | { readonly by: 'link'; readonly rel?: string }
    /** JSONPath to the address of the next page. */
    | { readonly by: 'url'; readonly path: string }
  );

/** What a poll remembers for the next one, so that it asks for what is new. Committed with the records. */
export interface PollCursor {
  /** JSONPath in the page: `$.items[*].updated_at`. */
  readonly path: string;
  readonly param: string;
  /** For the first poll; absent: the first poll asks without it. */
  readonly start?: string;
  /** `highest` of all pages (the default), or the `last` value that the pages gave (a sync token). */
  readonly take?: 'highest' | 'last';
  /** Ask again for so much before it, where the provider shows items late; for RFC 3339 times. */
  readonly overlap?: string;
}

/** How a time range is asked for, by `millrace poll backfill`. */
export interface PollBackfill {
  readonly from: string;
  readonly to: string;
  /** How the times are written; `rfc3339` when absent. */
  readonly as?: 'rfc3339' | 'date' | 's' | 'ms';
  /** The range is asked for in windows of this length, which also shows its progress; `1d` when absent. */
  readonly step?: string;
}

/** A source that is fetched on a schedule. */
export interface PollDeclaration {
  /** http or https; the one host that is asked, beside those of `redirects`. */
  readonly url: string;
  /** `30s`, `15m`, `1d`. */
  readonly every: string;
  /** Each poll begins up to so much later; a tenth of `every`, 30 s at most, when absent. */
  readonly jitter?: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly headers?: Readonly<Record<string, SecretText>>;
  /** Sent as JSON by POST. */
  readonly body?: Readonly<Record<string, unknown>>;
  /** A GraphQL query, sent by POST. */
  readonly graphql?: {
    readonly query: string;
    readonly operationName?: string;
    readonly variables?: Readonly<Record<string, unknown>>;
  };
  readonly auth?: PollAuth;
  /** JSONPath to the items of a JSON page: each becomes a payload of its own. Absent: the page is the payload. */
  readonly items?: string;
  readonly pages?: PollPages;
  readonly cursor?: PollCursor;
  readonly backfill?: PollBackfill;
  /** Hosts (with the port, where it is not the usual) that a redirect or a next page may lead to; they get no credentials. */
  readonly redirects?: readonly string[];
  /** For one request and its answer; `30s` when absent. */
  readonly timeout?: string;
  /** Of an answer, unpacked; `16MB` when absent. */
  readonly maxBody?: string;
  /** Between two requests at least. */
  readonly pace?: string;
  /** After so many failures one after the other (5) it asks no more for a while (`1m`, doubled up to 15 min). */
  readonly circuit?: { readonly failures?: number; readonly open?: string };
}
