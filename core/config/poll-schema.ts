import { z } from 'zod';
import { oneOf } from './fault.ts';
import { aNumber, aText, aTextThat, exactly, size, span } from './schema-parts.ts';
import { secretSchema } from './secret.ts';

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

/** The shape of a `PollDeclaration`; what hangs together in it is for `check-poll.ts`. */
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
