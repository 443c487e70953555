/** What the API answers, for its description; each is held to its type in api-types.ts by the compiler. */
import { z } from 'zod';
import { deadLetterStates } from '../../../core/dead-letters/dead-letter-mark.ts';
import type {
  ApiDeadLetter,
  ApiDeadLetterAction,
  ApiDeadLetterDetail,
  ApiDeadLetterGroup,
  ApiDiscard,
  ApiEntity,
  ApiEntityDetail,
  ApiHistory,
  ApiLedger,
  ApiModel,
  ApiPipeline,
  ApiPosition,
  ApiProblem,
  ApiRegister,
  ApiReplay,
  ApiSeriesAnswer,
} from '../api-types.ts';

const count = z.int().min(0);
const time = z.string().meta({
  description: 'RFC 3339 in UTC, with microseconds where there are any.',
  examples: ['2026-01-31T12:00:00.123Z'],
});
const numbers = z.record(z.string(), z.number());
const flags = z.record(z.string(), z.boolean());
const texts = z.record(z.string(), z.string());
const position = z.object({
  lat: z.number(),
  lon: z.number(),
  altitude: z.number().nullable(),
}) satisfies z.ZodType<ApiPosition>;

export function listOf<T extends z.ZodType>(one: T) {
  return z.object({
    items: z.array(one),
    nextCursor: z
      .string()
      .nullable()
      .meta({ description: 'Give it as `cursor`; null at the end.' }),
  });
}

export const problemAnswer = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  faults: z
    .array(z.object({ where: z.string(), expected: z.string(), came: z.string() }))
    .exactOptional(),
}) satisfies z.ZodType<ApiProblem>;

export const entityAnswer = z.object({
  entityType: z.string(),
  entityId: z.string(),
  source: z.string(),
  observedAt: time,
  receivedAt: time,
  numbers,
  flags,
  texts,
  tags: texts,
  position: position.nullable(),
  zones: z.array(z.string()),
}) satisfies z.ZodType<ApiEntity>;

export const entityDetailAnswer = entityAnswer.extend({
  fieldTimes: z.record(z.string(), time),
}) satisfies z.ZodType<ApiEntityDetail>;

export const modelAnswer = z.object({
  entityType: z.string(),
  label: z.string(),
  simulated: z.boolean(),
  geometryRegister: z.string().nullable(),
  colorField: z.string().nullable(),
  headingField: z.string().nullable(),
  usualIntervalMs: z.number().nullable(),
  fields: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(['number', 'flag', 'text', 'decimal', 'tag']),
      label: z.string(),
      unit: z.string().nullable().meta({ description: 'UCUM code of the values.' }),
      display: z.object({
        unit: z.string().nullable(),
        symbol: z.string(),
        factor: z.number(),
        offset: z.number(),
      }),
      min: z.number().nullable(),
      max: z.number().nullable(),
    }),
  ),
}) satisfies z.ZodType<ApiModel>;

export const seriesAnswer = z.object({
  series: z.array(
    z.object({
      entityType: z.string(),
      entityId: z.string(),
      field: z.string(),
      unit: z.string().nullable(),
      everyMs: z.number().nullable(),
      points: z.array(z.tuple([z.number(), z.union([z.number(), z.boolean(), z.string()])])),
      band: z.array(z.tuple([z.number(), z.number()])).nullable(),
    }),
  ),
}) satisfies z.ZodType<ApiSeriesAnswer>;

export const ledgerAnswer = z.object({
  unmatched: count,
  sources: z.record(
    z.string(),
    z.object({
      accepted: count,
      deduplicated: count,
      filtered: count,
      deadLettered: count,
      passedOn: count,
      derived: count,
      inFlight: count,
      difference: z.int(),
      sinks: z.record(
        z.string(),
        z.object({
          stored: count,
          expired: count,
          deadLettered: count,
          inFlight: count,
          difference: z.int(),
        }),
      ),
    }),
  ),
}) satisfies z.ZodType<ApiLedger>;

export const deadLetterAnswer = z.object({
  id: z.string(),
  source: z.string(),
  stage: z.string(),
  reason: z.string(),
  detail: z.string(),
  place: z.string().nullable(),
  topic: z.string().nullable(),
  contentType: z.string(),
  totalBytes: count,
  sha256: z.string().nullable(),
  preview: z.string().nullable(),
  eventId: z.string().nullable(),
  receivedAt: time,
  deadAt: time,
  part: count.nullable(),
  parts: count.nullable(),
  state: z.enum(deadLetterStates),
  mark: z.object({ at: time, action: z.string(), reason: z.string() }).nullable(),
}) satisfies z.ZodType<ApiDeadLetter>;

export const deadLetterDetailAnswer = deadLetterAnswer.extend({
  bytesBase64: z.string(),
  text: z.string().nullable(),
}) satisfies z.ZodType<ApiDeadLetterDetail>;

export const deadLetterGroupAnswer = z.object({
  source: z.string(),
  stage: z.string(),
  reason: z.string(),
  count,
  open: count,
  replayed: count,
  discarded: count,
  firstAt: time,
  lastAt: time,
}) satisfies z.ZodType<ApiDeadLetterGroup>;

export const replayAnswer = z.object({
  action: z.string().nullable(),
  letters: count,
  seen: count,
  replayed: count,
  readings: count,
  filtered: count,
  expired: count,
  stillDead: z.array(z.object({ reason: z.string(), count, id: z.string(), detail: z.string() })),
  notes: z.array(z.object({ note: z.string(), letters: count })),
  nextCursor: z.string().nullable(),
}) satisfies z.ZodType<ApiReplay>;

export const discardAnswer = z.object({
  action: z.string().nullable(),
  letters: count,
  seen: count,
  nextCursor: z.string().nullable(),
}) satisfies z.ZodType<ApiDiscard>;

export const deadLetterActionAnswer = z.object({
  action: z.string(),
  verb: z.enum(['replay', 'discard']),
  at: time,
  by: z.string(),
  reason: z.string().nullable(),
  filter: z.record(z.string(), z.unknown()),
  letters: count,
  readings: count,
  stillDead: count,
  lastAt: time.nullable(),
  isDone: z.boolean(),
}) satisfies z.ZodType<ApiDeadLetterAction>;

export const registerAnswer = z.object({
  name: z.string(),
  entries: count,
}) satisfies z.ZodType<ApiRegister>;

export const registerEntryAnswer = z.object({
  key: z.string(),
  numbers,
  flags,
  texts,
  position: position.nullable(),
  geometry: z
    .looseObject({ type: z.string() })
    .nullable()
    .meta({ description: 'A GeoJSON geometry (RFC 7946).' }),
});

export const historyAnswer = z.object({
  entities: count,
  readings: count.nullable(),
  oldest: time.nullable(),
  newest: time.nullable(),
}) satisfies z.ZodType<ApiHistory>;

export const pipelineAnswer = z.object({
  name: z.string(),
  attribution: z.string().nullable(),
  map: z.object({
    styleUrl: z.string().nullable(),
    center: z.tuple([z.number(), z.number()]).nullable(),
    zoom: z.number().nullable(),
  }),
  demo: z.boolean(),
  mqtt: z.object({ host: z.string(), port: z.int(), credentials: z.boolean() }).nullable(),
  sources: z.array(
    z.object({
      name: z.string(),
      format: z.string(),
      topics: z.array(z.string()),
      entityTypes: z.array(z.string()),
    }),
  ),
  historyMs: z.number().nullable(),
  now: z.string(),
  firstReading: z.string().nullable(),
}) satisfies z.ZodType<ApiPipeline>;
