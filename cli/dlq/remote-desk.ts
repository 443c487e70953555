import type { Settings } from '../../core/config/settings.ts';
import { openLogReader } from '../../core/log/open-log.ts';
import type { DiscardReport } from '../../stores/dead-letters/discard-letters.ts';
import type { LetterRequest } from '../../stores/dead-letters/letter-steps.ts';
import type { ReplayReport } from '../../stores/dead-letters/replay-letters.ts';
import { openStoreReader } from '../../stores/open-store-reader.ts';
import { askDashboard } from '../ask-dashboard.ts';
import type { LetterDesk } from './letter-desk.ts';
import { storeHasMarks } from './store-has-marks.ts';

const withinMs = 60_000;

/**
 * The dashboard of the process that has the embedded log. `inUse`: why this one can't have it. What is asked of it rejects
 * with `DATA_DIR_IN_USE` when that process has no dashboard, or it refuses us.
 */
export function openRemoteDesk(settings: Settings, inUse: Error): LetterDesk {
  const ask = <Report>(action: 'replay' | 'discard', body: object) =>
    askDashboard<Report>(settings, {
      path: `/api/v1/dead-letters/${action}`,
      ...{ body, withinMs, inUse },
    });
  const store = openStoreReader({ settings });
  return {
    hint: 'The running Millrace has done this, with the configuration as it was when it started. If you have changed the file since then, start it again and replay once more.',
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
