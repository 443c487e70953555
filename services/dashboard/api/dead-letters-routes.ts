import { z } from 'zod';
import type { StoredDeadLetter } from '../../../stores/store.ts';
import type { ApiDeadLetter, ApiDeadLetterDetail } from '../api-types.ts';
import {
  deadLetterAnswer,
  deadLetterDetailAnswer,
  deadLetterGroupAnswer,
  listOf,
  problemAnswer,
} from './answer-schemas.ts';
import type { ApiParts, ApiServer } from './api-parts.ts';
import { formatTime } from './api-time.ts';
import { filterParameters, stateFilter, stateParameter } from './dead-letter-filter.ts';
import { Problem } from './problem.ts';
import { countParameter, nameParameter } from './query-types.ts';

const previewChars = 200;

export function deadLettersRoutes(server: ApiServer, { store }: ApiParts): void {
  server.get(
    '/api/v1/dead-letters',
    {
      schema: {
        tags: ['dead letters'],
        summary: 'Records that could not go on, newest first',
        querystring: z.strictObject({
          ...filterParameters,
          state: stateParameter,
          limit: countParameter(1000, 100),
          cursor: nameParameter.exactOptional(),
        }),
        response: { 200: listOf(deadLetterAnswer), 400: problemAnswer },
      },
    },
    async (request) => {
      const { state, ...query } = request.query;
      const page = await store.deadLetters({ ...query, ...stateFilter(state) });
      return { items: page.items.map(toApiDeadLetter), nextCursor: page.nextCursor };
    },
  );

  server.get(
    '/api/v1/dead-letters/:id',
    {
      schema: {
        tags: ['dead letters'],
        summary: 'One, with its bytes',
        params: z.object({ id: nameParameter }),
        response: { 200: deadLetterDetailAnswer, 404: problemAnswer },
      },
    },
    async (request) => {
      const { id } = request.params;
      const deadLetter = await store.deadLetter(id);
      if (deadLetter === undefined)
        throw new Problem('not-found', `There is no dead letter ${JSON.stringify(id)}.`);
      return toApiDeadLetterDetail(deadLetter);
    },
  );

  server.get(
    '/api/v1/dead-letter-groups',
    {
      schema: {
        tags: ['dead letters'],
        summary: 'Counted by source, stage and reason',
        querystring: z.strictObject({ ...filterParameters, state: stateParameter }),
        response: { 200: listOf(deadLetterGroupAnswer), 400: problemAnswer },
      },
    },
    async (request) => {
      const { state, ...filter } = request.query;
      const groups = await store.deadLetterGroups({ ...filter, ...stateFilter(state) });
      const items = groups
        .toSorted((a, b) => b.count - a.count)
        .map((group) => ({
          ...group,
          firstAt: formatTime(group.firstAt),
          lastAt: formatTime(group.lastAt),
        }));
      return { items, nextCursor: null };
    },
  );
}

function toApiDeadLetter(deadLetter: StoredDeadLetter): ApiDeadLetter {
  const { bytes, receivedAt, deadAt, mark, ...rest } = deadLetter;
  return {
    ...rest,
    preview:
      readText(bytes.subarray(0, previewChars * 4), { cut: true })?.slice(0, previewChars) ?? null,
    receivedAt: formatTime(receivedAt),
    deadAt: formatTime(deadAt),
    mark: mark && { ...mark, at: formatTime(mark.at) },
  };
}

function toApiDeadLetterDetail(deadLetter: StoredDeadLetter): ApiDeadLetterDetail {
  const { bytes, sha256 } = deadLetter;
  return {
    ...toApiDeadLetter(deadLetter),
    bytesBase64: bytes.toString('base64'),
    text: readText(bytes, { cut: sha256 !== null }),
  };
}

/** Null when it is not UTF-8. What was cut may end within a character, which is then left out. */
function readText(bytes: Uint8Array, { cut }: { cut: boolean }): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: cut });
  } catch {
    return null;
  }
}
