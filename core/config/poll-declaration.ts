import { z } from 'zod';
import { oneOf } from './fault.ts';
import { aNumber, aText, aTextThat, exactly, size, span } from './schema-parts.ts';
import { type SecretText, secretSchema } from './secret.ts';

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

const path = aTextThat('a JSONPath that begins with $', (text) => text.startsWith('$'));
const param = aText('the name of a parameter');
const address = aTextThat('an http or https address without user, password or #', isAddress);
const wholeFrom = (least: number) =>
  aNumber.refine((value) => Number.isInteger(value) && value >= least, {
    error: `a whole number from ${least}`,
  });
const anything = z.record(z.string(), z.unknown(), { error: 'an object' });

function isAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, hash } = new URL(text);
  return /^https?:$/.test(protocol) && username === '' && password === '' && hash === '';
}

const variant = <S extends z.ZodRawShape>(shape: S) => exactly(shape);

const authSchemas = {
  bearer: variant({ type: z.literal('bearer'), token: secretSchema }),
  basic: variant({ type: z.literal('basic'), username: secretSchema, password: secretSchema }),
  apiKey: variant({
    type: z.literal('apiKey'),
    header: aText('the name of a header').optional(),
    query: param.optional(),
    token: secretSchema,
  }).refine(({ header, query }) => (header === undefined) !== (query === undefined), {
    error: 'either header or query, by which the key is sent',
  }),
  oauth2: variant({
    type: z.literal('oauth2'),
    tokenUrl: address,
    clientId: secretSchema,
    clientSecret: secretSchema,
    scope: aText('scopes, with blanks between').optional(),
    parameters: z.record(z.string(), z.string(), { error: 'texts by parameter' }).optional(),
    clientAuth: z.enum(['basic', 'post'], { error: 'basic or post' }).optional(),
  }),
};

const max = { max: wholeFrom(1).optional() };
const counted = {
  param,
  first: wholeFrom(0).optional(),
  size: wholeFrom(1).optional(),
  sizeParam: param.optional(),
  total: path.optional(),
  ...max,
};
const pagesSchemas = {
  cursor: variant({ by: z.literal('cursor'), path, param, more: path.optional(), ...max }),
  page: variant({ by: z.literal('page'), ...counted }),
  offset: variant({ by: z.literal('offset'), ...counted }),
  link: variant({ by: z.literal('link'), rel: aText('a relation').optional(), ...max }),
  url: variant({ by: z.literal('url'), path, ...max }),
};

/** Told apart by one key; a union's own faults would not say which part is wrong. */
function toldApartBy(key: string, schemas: Readonly<Record<string, z.ZodType>>) {
  return z.unknown().superRefine((value, context) => {
    const name = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
    const schema = typeof name === 'string' ? schemas[name] : undefined;
    if (schema === undefined) {
      const typed = typeof name === 'string' ? name : undefined;
      const expected = `${key}: ${oneOf(Object.keys(schemas), typed)}`;
      context.addIssue({ code: 'custom', message: expected });
      return;
    }
    for (const issue of schema.safeParse(value).error?.issues ?? [])
      context.addIssue({ code: 'custom', path: [...issue.path], message: issue.message });
  });
}

export const pollSchema = exactly({
  url: address,
  every: span,
  jitter: span.optional(),
  query: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]), {
      error: 'values by parameter',
    })
    .optional(),
  headers: z.record(z.string(), secretSchema, { error: 'texts by header' }).optional(),
  body: anything.optional(),
  graphql: exactly({
    query: aText('a GraphQL query'),
    operationName: aText('the name of an operation').optional(),
    variables: anything.optional(),
  }).optional(),
  auth: toldApartBy('type', authSchemas).optional(),
  items: path.optional(),
  pages: toldApartBy('by', pagesSchemas).optional(),
  cursor: exactly({
    path,
    param,
    start: aText('a value to begin with').optional(),
    take: z.enum(['highest', 'last'], { error: 'highest or last' }).optional(),
    overlap: span.optional(),
  }).optional(),
  backfill: exactly({
    from: param,
    to: param,
    as: z.enum(['rfc3339', 'date', 's', 'ms'], { error: 'rfc3339, date, s or ms' }).optional(),
    step: span.optional(),
  }).optional(),
  redirects: z
    .array(aTextThat('a host, as files.example.com or localhost:8443', isHost), {
      error: 'a list of hosts',
    })
    .optional(),
  timeout: span.optional(),
  maxBody: size.optional(),
  pace: span.optional(),
  circuit: exactly({ failures: wholeFrom(1).optional(), open: span.optional() }).optional(),
});

function isHost(text: string): boolean {
  return URL.canParse(`http://${text}`) && new URL(`http://${text}`).host === text.toLowerCase();
}
