import { oneOf } from '../../core/config/fault.ts';
import { loadPipeline } from '../../core/config/load-pipeline.ts';
import type { Pipeline } from '../../core/config/pipeline.ts';
import type { Settings } from '../../core/config/settings.ts';
import { openLogReader } from '../../core/log/open-log.ts';
import { pollView } from '../../core/poll/poll-view.ts';
import { readPollStates } from '../../core/poll/read-poll-states.ts';
import { abortOnSignals } from '../abort-on-signals.ts';
import {
  commandSettings,
  configOption,
  dataDirOption,
  defaultConfig,
  jsonOption,
} from '../command-settings.ts';
import { defineCommand, type ExitCode } from '../define-command.ts';
import { askForBackfill } from '../poll/ask-for-backfill.ts';
import { describeBackfill, describePolls } from '../poll/describe-polls.ts';
import { followBackfill } from '../poll/follow-backfill.ts';
import { progressLine } from '../poll/progress-line.ts';
import { UsageError } from '../usage-error.ts';

export const poll = defineCommand({
  operands: 'ls | backfill SOURCE',
  description: `Polled sources. ls shows how each stands: its last success, when it is due next, its circuit, its cursor, its backfills.
backfill fetches a time range again, as the source's poll.backfill says; it goes on after restarts, and with Ctrl-C too.
Both work while millrace up runs.`,
  options: {
    from: {
      type: 'string',
      value: 'TIME',
      help: 'backfill: the beginning, 2026-01-31 or RFC 3339',
    },
    to: { type: 'string', value: 'TIME', help: 'backfill: the end, not included; now when absent' },
    'no-wait': { type: 'boolean', help: 'backfill: asks for it and ends' },
    config: configOption,
    'data-dir': dataDirOption,
    json: jsonOption,
  },
  examples: ['millrace poll ls', 'millrace poll backfill orders --from 2026-01-01 --to 2026-02-01'],
  async run({ values, operands }) {
    const [action, source, ...rest] = operands;
    const isList = action === 'ls' && source === undefined;
    const named = action === 'backfill' && rest.length === 0 ? source : undefined;
    if (!isList && named === undefined)
      throw new UsageError('poll takes ls, or backfill and a SOURCE.');
    const settings = commandSettings({ dataDir: values['data-dir'] });
    const pipeline = await loadPipeline(values.config ?? defaultConfig, console.error);
    const asJson = values.json === true;
    if (named === undefined) return list(settings, pipeline, asJson);
    const { from, to } = values;
    const range = rangeOf(from, to, Date.now());
    refuseUnfit(pipeline, named);
    const wait = values['no-wait'] !== true;
    return backfill(settings, pipeline, { source: named, ...range, asJson, wait });
  },
});

async function list(settings: Settings, pipeline: Pipeline, asJson: boolean): Promise<ExitCode> {
  const names = polledOf(pipeline);
  const log = await openLogReader(settings);
  try {
    const states = await readPollStates(log);
    const views = [...states.values()].filter(({ source }) => names.includes(source)).map(pollView);
    console.log(
      asJson
        ? JSON.stringify({ items: views, nextCursor: null })
        : names.length === 0
          ? 'No source of the configuration has poll: {...}.'
          : describePolls(views, names),
    );
    return 0;
  } finally {
    await log.close();
  }
}

interface Asked {
  readonly source: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly asJson: boolean;
  readonly wait: boolean;
}

async function backfill(
  settings: Settings,
  pipeline: Pipeline,
  { asJson, source, wait, ...range }: Asked,
): Promise<ExitCode> {
  const { id, isServed } = await askForBackfill(settings, pipeline, { source, ...range });
  if (!wait || !isServed) {
    const when = isServed ? 'It goes on by itself' : 'It begins with the next millrace up';
    console.log(asJson ? JSON.stringify({ id }) : `${when}; millrace poll ls shows how far it is.`);
    return 0;
  }
  const signal = abortOnSignals();
  const log = await openLogReader(settings);
  const progress = progressLine(process.stderr);
  try {
    const onProgress = (one: Parameters<typeof describeBackfill>[0]) =>
      progress.show(describeBackfill(one));
    const ended = await followBackfill(log, { source, id, signal, onProgress });
    progress.end();
    if (ended === undefined) {
      console.error(`The backfill of ${source} goes on; millrace poll ls shows how far it is.`);
      return 0;
    }
    console.log(asJson ? JSON.stringify(ended) : `${source}: ${describeBackfill(ended)}`);
    return ended.state === 'done' ? 0 : 1;
  } finally {
    await log.close();
  }
}

function polledOf({ sources }: Pipeline): readonly string[] {
  return Object.entries(sources).flatMap(([name, { poll }]) => (poll ? [name] : []));
}

function refuseUnfit(pipeline: Pipeline, source: string): void {
  const polled = polledOf(pipeline);
  if (!polled.includes(source))
    throw new UsageError(`SOURCE should be ${oneOf(polled, source)}; it is "${source}".`);
  if (pipeline.sources[source]?.poll?.backfill === undefined)
    throw new UsageError(
      `The configuration doesn't say how ${source} is asked for a time range: sources.${source}.poll.backfill, as { from: 'created_after', to: 'created_before' }.`,
    );
}

function rangeOf(from: string | undefined, to: string | undefined, nowMs: number) {
  if (from === undefined) throw new UsageError('backfill needs --from TIME.');
  const range = {
    fromMs: timeOf('--from', from),
    toMs: to === undefined ? nowMs : timeOf('--to', to),
  };
  if (range.toMs <= range.fromMs) throw new UsageError('--to should be later than --from.');
  return range;
}

function timeOf(option: string, text: string): number {
  const isTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text);
  const atMs = isTime ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(atMs))
    throw new UsageError(
      `${option} should be a day such as 2026-01-31, or RFC 3339 such as 2026-01-31T12:00:00Z; it is "${text}".`,
    );
  return atMs;
}
