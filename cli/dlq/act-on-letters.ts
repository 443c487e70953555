import type { Settings } from '../../core/config/settings.ts';
import type { LetterRequest } from '../../stores/dead-letters/letter-steps.ts';
import { openStoreReader } from '../../stores/open-store-reader.ts';
import { abortOnSignals } from '../abort-on-signals.ts';
import { defaultConfig } from '../command-settings.ts';
import type { ExitCode } from '../define-command.ts';
import { UsageError } from '../usage-error.ts';
import type { LetterDesk } from './letter-desk.ts';
import { filterOf, type LetterOptions, requestOf } from './letter-options.ts';
import { openLetterDesk } from './open-letter-desk.ts';
import { addReport, describeReplay, type ReplayTotal } from './replay-total.ts';
import { requireLog } from './require-log.ts';
import { runSteps } from './run-steps.ts';

export interface ActOptions extends LetterOptions {
  readonly settings: Settings;
  readonly config?: string | undefined;
  readonly where?: readonly string[] | undefined;
  readonly all?: boolean | undefined;
  readonly rate?: string | undefined;
  readonly dryRun?: boolean | undefined;
  readonly asJson: boolean;
}

const brokenOff = 'Broken off. What is left is open, and the same command goes on with it.';

interface Act {
  readonly request: Omit<LetterRequest, 'limit' | 'cursor'>;
  readonly rate: number | undefined;
  readonly total: number;
  readonly signal: AbortSignal;
}

/** `millrace dlq replay` and `discard`. 1 when it was broken off; the same command goes on with what is left. */
export async function actOnLetters(
  verb: 'replay' | 'discard',
  options: ActOptions,
): Promise<ExitCode> {
  const { settings, where = [], all: includeClosed = false, dryRun = false, asJson } = options;
  const rate = rateOf(options.rate);
  const why = verb === 'discard' ? whyOf(options.reason) : null;
  const { source, stage, reason, id, from, to } = options;
  const names = { source, stage, id, from, to, ...(verb === 'replay' && { reason }) };
  const filter = filterOf(names, Date.now());
  if (verb === 'discard' && Object.keys(filter).length === 0 && where.length === 0)
    throw new UsageError(
      'discard should be told which: --id, --source, --stage, --from, --to or --where (as --where reason=payload-not-json).',
    );
  const request = requestOf({ filter, where, includeClosed, dryRun, reason: why });
  requireLog(settings);
  const total = await countLetters(settings, request);
  const signal = abortOnSignals();
  const desk = await openLetterDesk(settings, options.config ?? defaultConfig);
  try {
    const act = { request, rate, total, signal };
    const { isDone, somethingDied, json, text } = await (verb === 'replay'
      ? replay(desk, act)
      : discard(desk, act, why ?? ''));
    const waits = dryRun ? undefined : await desk.settle();
    console.log(asJson ? JSON.stringify(json) : text);
    if (somethingDied && desk.hint !== undefined) console.error(desk.hint);
    if (waits !== undefined) console.error(waits);
    if (!isDone) console.error(brokenOff);
    return isDone ? 0 : 1;
  } finally {
    await desk.close();
  }
}

interface Done {
  readonly isDone: boolean;
  readonly somethingDied: boolean;
  readonly json: object;
  readonly text: string;
}

async function replay(desk: LetterDesk, act: Act): Promise<Done> {
  const { dryRun } = act.request;
  let total: ReplayTotal | undefined;
  const isDone = await runSteps({
    ...act,
    step: (request) => desk.replay(request),
    onReport: (report) => {
      total = addReport(total, report);
    },
  });
  if (total === undefined)
    return { isDone, somethingDied: false, json: {}, text: 'Nothing was done.' };
  const somethingDied = total.stillDead.length > 0;
  const json = { ...total, isDone };
  return { isDone, somethingDied, json, text: describeReplay(total, { dryRun }) };
}

async function discard(desk: LetterDesk, act: Act, reason: string): Promise<Done> {
  let action: string | null = null;
  let letters = 0;
  const isDone = await runSteps({
    ...act,
    step: (request) => desk.discard({ ...request, reason }),
    onReport: (report) => {
      ({ action } = report);
      letters += report.letters;
    },
  });
  const are = act.request.dryRun ? 'would be' : letters === 1 ? 'is' : 'are';
  const text = `${letters} ${letters === 1 ? 'dead letter' : 'dead letters'} ${are} discarded: ${reason}`;
  return { isDone, somethingDied: false, json: { action, letters, isDone }, text };
}

/** For the bar; a filter by an expression makes them fewer. */
async function countLetters(
  settings: Settings,
  { filter, includeClosed }: Pick<LetterRequest, 'filter' | 'includeClosed'>,
): Promise<number> {
  const store = openStoreReader({ settings });
  try {
    const groups = await store.deadLetterGroups({
      ...filter,
      ...(!includeClosed && { state: 'open' }),
    });
    return groups.reduce((sum, { count }) => sum + count, 0);
  } finally {
    await store.close();
  }
}

function rateOf(typed: string | undefined): number | undefined {
  if (typed === undefined) return undefined;
  const rate = Number(typed);
  if (Number.isFinite(rate) && rate > 0) return rate;
  throw new UsageError(`--rate should be a number of dead letters a second, and is "${typed}".`);
}

function whyOf(typed: string | undefined): string {
  if (typed !== undefined && typed.trim() !== '') return typed.trim();
  throw new UsageError(
    'discard needs --reason: why they are discarded, as a sentence. It is kept.',
  );
}
