import { z } from 'zod';
import { type AccessPolicy, sameSecret } from '../access/access-policy.ts';
import { sessionCookie } from '../access/session-cookie.ts';
import { problemAnswer } from './answer-schemas.ts';
import type { ApiParts, ApiServer } from './api-parts.ts';
import { Problem } from './problem.ts';

/** Since EventSource sends no header, a page changes the token for a cookie. */
export function sessionRoutes(
  server: ApiServer,
  { context }: ApiParts,
  policy: AccessPolicy,
): void {
  server.post(
    '/api/v1/session',
    {
      config: { open: true },
      schema: {
        tags: ['session'],
        summary: 'Exchanges the token for a cookie',
        body: z.strictObject({
          token: z.string({ error: 'the token, as a text' }).max(10_000, 'a shorter text'),
        }),
        response: { 204: z.null(), 401: problemAnswer },
      },
    },
    async (request, reply) => {
      // Without a token there is nothing to exchange, and nothing that would be refused.
      if (policy.kind === 'token') {
        if (!sameSecret(request.body.token, policy.token))
          throw new Problem('token-wrong', 'The token is not the one of MILLRACE_API_TOKEN.');
        reply.header('set-cookie', sessionCookie(policy.token, Math.floor(context.now() / 1000)));
      }
      reply.code(204);
      return null;
    },
  );
}
