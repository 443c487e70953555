/** The shape of each section of a configuration; what hangs together between sections is in `check-*.ts`. */
import { z } from 'zod';
import { pollSchema } from './poll-schema.ts';
import {
  aFunction,
  aNumber,
  aText,
  aTextThat,
  exactly,
  label,
  size,
  span,
  spanOrForever,
  yesOrNo,
} from './schema-parts.ts';
import { secretSchema } from './secret.ts';
import { isTopicFilter, topicFilterExpected } from './topic-filter.ts';
import { webhookSchema } from './webhook-declaration.ts';

export const fieldSchema = z.discriminatedUnion(
  'kind',
  [
    exactly({
      kind: z.literal('number'),
      label,
      unit: aText('a UCUM code').optional(),
      display: aText('a UCUM code').optional(),
      min: aNumber.optional(),
      max: aNumber.optional(),
    }),
    exactly({ kind: z.literal('decimal'), label, unit: aText('a UCUM code').optional() }),
    exactly({ kind: z.literal('flag'), label }),
    exactly({ kind: z.literal('text'), label }),
    exactly({ kind: z.literal('tag'), label }),
  ],
  { error: 'number(...), decimal(...), flag(), text() or tag()' },
);

export const modelSchema = exactly({
  label,
  fields: z.record(z.string(), z.unknown(), {
    error: 'fields by name, as { speed: number({...}) }',
  }),
  simulated: yesOrNo.optional(),
  geometry: aText("a register's name").optional(),
  colorBy: aText('the name of a field').optional(),
  heading: aText('the name of a field').optional(),
  usualInterval: span.optional(),
});

const names = z.array(aText('a name'), { error: 'a list of field names' });
const topicFilters = z.array(aTextThat(topicFilterExpected, isTopicFilter), {
  error: 'a list of MQTT topic filters',
});

/** Open: a format may hold whatever it needs beside its contract. */
export const formatSchema = z.looseObject(
  {
    name: aText('a name'),
    contentType: aText('a media type'),
    remembers: z.literal(true, { error: 'true, or absent' }).optional(),
    topics: topicFilters.optional(),
    units: z.record(z.string(), z.record(z.string(), aText('a UCUM code'))).optional(),
    kinds: z.record(z.string(), z.record(z.string(), aText('a kind'))).optional(),
    faults: z
      .array(z.looseObject({ path: z.string(), expected: z.string(), came: z.string() }))
      .optional(),
    emits: z.record(z.string(), names, { error: 'field names by entity type' }),
    decode: aFunction('a function from topic and payload to outcomes'),
  },
  { error: 'a format, as json({...}), hslHfp() or custom({...})' },
);

export const sourceSchema = exactly({
  topics: topicFilters.optional(),
  qos: z.union([z.literal(0), z.literal(1)], { error: '0 or 1' }).optional(),
  example: exactly({
    topic: aText('an MQTT topic').optional(),
    payload: aText('a payload'),
  }).optional(),
  format: formatSchema,
  webhook: webhookSchema.optional(),
  poll: pollSchema.optional(),
});

export const registerSchema = exactly({
  file: aText('the path of a JSON or CSV file'),
  key: aTextThat("a key of the row's fields in braces, as {operator}/{vehicle}", (text) =>
    /\{[^{}]+\}/.test(text),
  ),
  entry: aFunction('a function from row to entry').optional(),
});

export const stepSchema = z.discriminatedUnion(
  'step',
  [
    exactly({
      step: z.literal('join'),
      entityType: aText('an entity type'),
      register: aText("a register's name"),
      key: aFunction('a function from reading to key').optional(),
      set: z
        .record(z.string(), aText("the name of a field of the register's entries"), {
          error: 'names of the entry by field',
        })
        .optional(),
      position: yesOrNo.optional(),
    }),
    exactly({
      step: z.literal('filter'),
      name: aText('a name'),
      entityType: aText('an entity type'),
      keep: aFunction('a function from reading to true or false'),
    }),
    exactly({
      step: z.literal('compute'),
      name: aText('a name'),
      entityType: aText('an entity type'),
      set: z.record(z.string(), aFunction('a function from reading to value'), {
        error: 'functions by field',
      }),
    }),
  ],
  { error: "a step: { step: 'join' | 'filter' | 'compute', ... }" },
);

const users = z.array(exactly({ username: aText('a user name'), password: secretSchema }), {
  error: 'a list of { username, password }',
});

const degrees = (limit: number) =>
  aNumber
    .min(-limit, { error: `degrees from -${limit} to ${limit}` })
    .max(limit, { error: `degrees from -${limit} to ${limit}` });

const mapSchema = exactly({
  styleUrl: aTextThat(
    'the address of a map style',
    (text) => text.startsWith('/') || URL.canParse(text),
  ).optional(),
  center: z.tuple([degrees(180), degrees(90)], { error: '[lon, lat] in degrees' }).optional(),
  zoom: aNumber
    .min(0, { error: 'a zoom from 0 to 24' })
    .max(24, { error: 'a zoom from 0 to 24' })
    .optional(),
});

const byName = (what: string) =>
  z.record(z.string(), z.unknown(), { error: `${what} by name, in an object` });

/** The whole, with the entries of its sections left for their own schemas. */
export const pipelineSchema = exactly(
  {
    name: aText("the pipeline's name"),
    models: byName('models'),
    sources: byName('sources'),
    registers: byName('registers').optional(),
    tables: byName('tables').optional(),
    steps: z.array(z.unknown(), { error: 'a list of steps' }).optional(),
    retention: exactly({
      history: spanOrForever.optional(),
      raw: spanOrForever.optional(),
      topics: spanOrForever.optional(),
      size: size.optional(),
    }).optional(),
    maxFuture: span.optional(),
    dedupe: exactly({ horizon: spanOrForever }).optional(),
    mqtt: exactly({ users: users.optional() }).optional(),
    attribution: aText('a text').optional(),
    map: mapSchema.optional(),
    demo: z
      .array(aFunction('an async function of { broker, signal, events }'), {
        error: 'a list of functions',
      })
      .optional(),
  },
  'definePipeline({...})',
);
