import { pause } from '../../core/pause.ts';
import type { LetterRequest } from '../../stores/dead-letters/letter-steps.ts';
import { progressBar } from '../progress-bar.ts';

export interface StepsOptions<Report> {
  readonly request: Omit<LetterRequest, 'limit' | 'cursor'>;
  readonly step: (request: LetterRequest) => Promise<Report>;
  readonly onReport: (report: Report) => void;
  /** Dead letters a second, at most; undefined: as fast as it goes. */
  readonly rate: number | undefined;
  /** Dead letters to be looked at, for the bar. */
  readonly total: number;
  /** Aborted: no further step is begun. */
  readonly signal: AbortSignal;
}

interface Reported {
  readonly letters: number;
  readonly seen: number;
  readonly nextCursor: string | null;
}

const stepLetters = 100;
/** With a rate: so many steps a second, so that it flows. */
const stepsPerSecond = 4;

/** Step after step, with a bar on a terminal. True: all are done; false: the signal came first, and what is left is as it was. */
export async function runSteps<Report extends Reported>(
  options: StepsOptions<Report>,
): Promise<boolean> {
  const { request, step, onReport, rate, total, signal } = options;
  const limit =
    rate === undefined
      ? stepLetters
      : Math.max(1, Math.min(stepLetters, Math.floor(rate / stepsPerSecond)));
  const bar = process.stderr.isTTY
    ? progressBar('{bar} {percentage}% | {value}/{total} dead letters | {eta_formatted} to go')
    : undefined;
  bar?.start(total, 0);
  try {
    const startedAtMs = performance.now();
    let seen = 0;
    let letters = 0;
    let cursor: string | undefined;
    for (;;) {
      if (signal.aborted) return false;
      const report = await step({ ...request, limit, ...(cursor !== undefined && { cursor }) });
      onReport(report);
      seen += report.seen;
      letters += report.letters;
      bar?.setTotal(Math.max(total, seen));
      bar?.update(seen);
      if (report.nextCursor === null) return true;
      cursor = report.nextCursor;
      if (rate !== undefined)
        await pause((letters / rate) * 1000 - (performance.now() - startedAtMs), signal);
    }
  } finally {
    bar?.stop();
  }
}
