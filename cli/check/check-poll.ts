import type { PollDeclaration } from '../../core/config/poll-declaration.ts';
import type { Format } from '../../core/format.ts';
import { sourcePlan } from '../../services/poll-ingress/source-plan.ts';
import { tryPoll } from '../../services/poll-ingress/try-poll.ts';
import { attempt, type ConnectCheck, Fault } from './connect-check.ts';

/** That a polled source's provider answers, and what its first page would become. */
export function checkPoll(
  source: string,
  format: Format,
  poll: PollDeclaration,
): Promise<ConnectCheck> {
  const plan = sourcePlan(source, format, poll);
  return attempt(
    `source ${source} at ${plan.url.origin}${plan.topic}`,
    async (signal) => {
      const tried = await tryPoll(plan, signal);
      if (tried.kind === 'fails') throw new Fault(tried.sentence);
      return tried.found;
    },
    'Check url, and that the provider is up.',
  );
}
