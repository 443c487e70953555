import type { Settings } from '../../core/config/settings.ts';
import { MillraceError } from '../../core/errors.ts';
import { openLogReader } from '../../core/log/open-log.ts';
import type { DiscardReport } from '../../stores/dead-letters/discard-letters.ts';
import type { LetterRequest } from '../../stores/dead-letters/letter-steps.ts';
import type { ReplayReport } from '../../stores/dead-letters/replay-letters.ts';
import { openStoreReader } from '../../stores/open-store-reader.ts';
import type { LetterDesk } from './letter-desk.ts';
import { storeHasMarks } from './store-has-marks.ts';

const answerWithinMs = 60_000;

/**
 * The dashboard of the process that has the embedded log. `inUse`: why this one can't have it. What is asked of it rejects
 * with `DATA_DIR_IN_USE` when that process has no dashboard, or it refuses us.
 */
export function openRemoteDesk(settings: Settings, inUse: Error): LetterDesk {
  const ask = asker(settings, inUse);
  const store = openStoreReader({ settings });
  return {
    hint: 'The running Millrace has done this, with the configuration that it was started with: after mending it has to be started again.',
    replay: (request) => ask<ReplayReport>('replay', bodyOf(request)),
    discard: (request) =>
      ask<DiscardReport>('discard', { ...bodyOf(request), why: request.reason }),
    settle: async () => {
      const log = await openLogReader(settings);
      try {
        return await storeHasMarks({ store, log });
      } finally {
        await log.close();
      }
    },
    close: () => store.close(),
  };
}

function bodyOf({ filter, where, includeClosed, dryRun, by, limit, cursor }: LetterRequest) {
  const { from, to, ...names } = filter;
  return {
    ...names,
    ...(from !== undefined && { from: timeOf(from) }),
    ...(to !== undefined && { to: timeOf(to) }),
    where,
    all: includeClosed,
    dryRun,
    by,
    limit,
    ...(cursor !== undefined && { cursor }),
  };
}

/** To the millisecond, as a person gives it. */
function timeOf(micros: number): string {
  return new Date(micros / 1000).toISOString();
}

function asker({ host, httpPort, apiToken }: Settings, inUse: Error) {
  const name = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host;
  const url = `http://${name.includes(':') ? `[${name}]` : name}:${httpPort}`;
  return async <Answer>(action: 'replay' | 'discard', body: object): Promise<Answer> => {
    const response = await fetch(`${url}/api/v1/dead-letters/${action}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(apiToken !== undefined && { authorization: `Bearer ${apiToken}` }),
      },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(answerWithinMs),
    }).catch((cause: unknown) => {
      throw new MillraceError(
        'DATA_DIR_IN_USE',
        `${inUse.message.split('. ')[0]}, and its dashboard should answer at ${url}; it does not. Set MILLRACE_HTTP_PORT and MILLRACE_HOST as it has them, or stop it: then this command works on the log itself.`,
        { cause },
      );
    });
    const answer = (await response.json().catch(() => ({}))) as { readonly detail?: string };
    if (response.ok) return answer as Answer;
    const detail = answer.detail ?? `It answered ${response.status}.`;
    throw new MillraceError(
      response.status === 400 ? 'INPUT_INVALID' : 'DATA_DIR_IN_USE',
      `The dashboard at ${url}, which has the log, refuses this: ${detail}`,
    );
  };
}
