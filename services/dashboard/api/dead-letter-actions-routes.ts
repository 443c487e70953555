import { z } from 'zod';
import { actionsOf, type DeadLetterAction } from '../../../core/dead-letters/action-entry.ts';
import { deadLetterActionsTopic } from '../../../core/topics.ts';
import { discardLetters } from '../../../stores/dead-letters/discard-letters.ts';
import { replayLetters } from '../../../stores/dead-letters/replay-letters.ts';
import type { ApiDeadLetterAction } from '../api-types.ts';
import {
  deadLetterActionAnswer,
  discardAnswer,
  listOf,
  problemAnswer,
  replayAnswer,
} from './answer-schemas.ts';
import type { ApiParts, ApiServer } from './api-parts.ts';
import { formatTime } from './api-time.ts';
import { actionBody, requestOf } from './dead-letter-filter.ts';

const problems = { 400: problemAnswer, 403: problemAnswer, 503: problemAnswer };

/** What people do with dead letters. The log has one writing process: `millrace dlq` asks here while it runs. */
export function deadLetterActionsRoutes(server: ApiServer, parts: ApiParts): void {
  const { store, context, trial } = parts;
  const { log, now, pipeline, events } = context;

  server.post(
    '/api/v1/dead-letters/replay',
    {
      schema: {
        tags: ['dead letters'],
        summary: 'Sends dead letters through the present configuration again, one step',
        body: z.strictObject(actionBody),
        response: { 200: replayAnswer, ...problems },
      },
    },
    async ({ body }) => {
      const { tryReading } = await trial();
      const request = requestOf(body, null);
      const report = await replayLetters({ store, log, now, pipeline, tryReading }, request);
      if (!body.dryRun && report.letters > 0)
        events.info('dead-letters.replayed', {
          message: `${body.by} replayed ${report.replayed} of ${report.letters} dead letters: ${report.readings} readings went on.`,
          action: report.action,
        });
      return report;
    },
  );

  server.post(
    '/api/v1/dead-letters/discard',
    {
      schema: {
        tags: ['dead letters'],
        summary: 'Closes dead letters for a reason, which is kept, one step',
        body: z.strictObject({
          ...actionBody,
          why: z
            .string({ error: 'the reason, as a text' })
            .regex(/\S/, 'a text that is not empty')
            .max(1000, 'a text of at most 1000 characters'),
        }),
        response: { 200: discardAnswer, ...problems },
      },
    },
    async ({ body: { why, ...body } }) => {
      const request = { ...requestOf(body, why), reason: why };
      const report = await discardLetters({ store, log, now }, request);
      if (!body.dryRun && report.letters > 0)
        events.info('dead-letters.discarded', {
          message: `${body.by} discarded ${report.letters} dead letters: ${why}`,
          action: report.action,
        });
      return report;
    },
  );

  server.get(
    '/api/v1/dead-letter-actions',
    {
      schema: {
        tags: ['dead letters'],
        summary: 'Who did what with which dead letters, newest first',
        querystring: z.strictObject({}),
        response: { 200: listOf(deadLetterActionAnswer), 503: problemAnswer },
      },
    },
    async () => {
      const table = await log.table(deadLetterActionsTopic);
      try {
        const records = Array.from(table.entries(), ([, record]) => record);
        return { items: actionsOf(records).map(toApiAction).reverse(), nextCursor: null };
      } finally {
        table.close();
      }
    },
  );
}

function toApiAction({ at, lastAt, ...action }: DeadLetterAction): ApiDeadLetterAction {
  return { ...action, at: formatTime(at), lastAt: lastAt === null ? null : formatTime(lastAt) };
}
