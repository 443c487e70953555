import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { pollAskRecord } from '../../../core/poll/poll-ask.ts';
import type { PollBackfillView, PollView } from '../../../core/poll/poll-view.ts';
import { pollView } from '../../../core/poll/poll-view.ts';
import { readPollStates } from '../../../core/poll/read-poll-states.ts';
import { listOf, problemAnswer } from './answer-schemas.ts';
import type { ApiParts, ApiServer } from './api-parts.ts';
import { faultyRequest, Problem } from './problem.ts';
import { nameParameter } from './query-types.ts';

const count = z.int().min(0);
const time = z.string().meta({ description: 'RFC 3339 in UTC.' });
const rangeTime = z.iso.datetime({ offset: true, error: 'an RFC 3339 time' });

const backfillAnswer = z.object({
  id: z.string(),
  from: time,
  to: time,
  state: z.enum(['waiting', 'running', 'done', 'failed']),
  progress: z.number().meta({ description: '0 to 1, of the time range.' }),
  reached: time,
  pages: count,
  readings: count,
  problem: z.string().nullable(),
}) satisfies z.ZodType<PollBackfillView>;

const pollAnswer = z.object({
  source: z.string(),
  lastSuccess: time.nullable(),
  lastAttempt: time.nullable(),
  nextDue: time.nullable().meta({ description: 'Null: at once.' }),
  circuit: z.enum(['closed', 'open']),
  failures: count,
  problem: z.string().nullable(),
  cursor: z.string().nullable(),
  page: count.nullable(),
  pages: count,
  readings: count,
  backfills: z.array(backfillAnswer),
}) satisfies z.ZodType<PollView>;

/** How the polled sources stand, and backfills: what `millrace poll` asks while the embedded log is in use. */
export function pollsRoutes(server: ApiServer, { context }: ApiParts): void {
  const { log, now, pipeline } = context;

  server.get(
    '/api/v1/polls',
    {
      schema: {
        tags: ['polls'],
        summary: 'How each polled source stands',
        querystring: z.strictObject({}),
        response: { 200: listOf(pollAnswer) },
      },
    },
    async () => {
      const states = [...(await readPollStates(log)).values()];
      const polled = states.filter(({ source }) => pipeline.sources[source]?.poll !== undefined);
      return { items: polled.map(pollView), nextCursor: null };
    },
  );

  server.post(
    '/api/v1/polls/:source/backfills',
    {
      schema: {
        tags: ['polls'],
        summary: 'Asks for a time range of a polled source; it is fetched beside the regular polls',
        params: z.object({ source: nameParameter }),
        body: z.strictObject({ from: rangeTime, to: rangeTime }),
        response: {
          202: z.object({ id: z.string() }),
          400: problemAnswer,
          404: problemAnswer,
        },
      },
    },
    async (request, reply) => {
      const { source } = request.params;
      const { from, to } = request.body;
      const poll = Object.hasOwn(pipeline.sources, source) && pipeline.sources[source]?.poll;
      if (!poll)
        throw new Problem('not-found', `There is no polled source ${JSON.stringify(source)}.`);
      if (poll.backfill === undefined)
        throw new Problem(
          'request-invalid',
          `The configuration doesn't say how ${source} is asked for a time range: poll.backfill.`,
        );
      const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
      if (toMs <= fromMs)
        throw faultyRequest([{ where: 'to', expected: 'a time later than from', came: to }]);
      const id = randomUUID();
      const nowMs = Math.floor(now() / 1000);
      const ask = { kind: 'backfill', id, fromMs, toMs, requestedAtMs: nowMs } as const;
      await log.append([pollAskRecord(source, ask, nowMs)]);
      reply.code(202);
      return { id };
    },
  );
}
