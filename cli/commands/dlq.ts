import { openLogReader } from '../../core/log/open-log.ts';
import { useRegistry } from '../../core/registry/use-registry.ts';
import { openStoreReader } from '../../stores/open-store-reader.ts';
import { commandSettings, configOption, dataDirOption, jsonOption } from '../command-settings.ts';
import { defineCommand, type ExitCode } from '../define-command.ts';
import { actOnLetters } from '../dlq/act-on-letters.ts';
import { filterOf } from '../dlq/letter-options.ts';
import { listActions } from '../dlq/list-actions.ts';
import { listEach, listGroups, showLetter } from '../dlq/list-letters.ts';
import { requireLog } from '../dlq/require-log.ts';
import { parseWhere } from '../tail/where.ts';
import { UsageError } from '../usage-error.ts';

const actions = ['ls', 'show', 'replay', 'discard', 'log'] as const;
type Action = (typeof actions)[number];

export const dlq = defineCommand({
  operands: 'ls | show ID | replay | discard | log',
  description: `Dead letters: records that could not go on, with their bytes and the reason.
ls counts the open ones by reason, stage and source, or with --each lists them with their ids; show prints one with its
bytes and the place in them; replay sends them through the present configuration again, and what passes is closed;
discard closes them for a reason, which is kept; log tells who did what. Works while millrace up runs: then replay goes
by the configuration that it was started with.`,
  options: {
    source: { type: 'string', value: 'NAME', help: 'of this source only' },
    stage: {
      type: 'string',
      value: 'NAME',
      help: 'of this stage only: ingress, enricher, or a sink as sqlite-sink',
    },
    reason: {
      type: 'string',
      value: 'CODE',
      help: 'of this reason only; with discard: why, as a sentence, which is kept',
    },
    id: { type: 'string', multiple: true, value: 'ID', help: 'only this one; may repeat' },
    from: { type: 'string', value: 'TIME', help: 'dead since then: a time, or a span back as 15m' },
    to: { type: 'string', value: 'TIME', help: 'dead before then' },
    where: {
      type: 'string',
      multiple: true,
      value: 'FILTER',
      help: "field=value, or a JSONPath filter of the letter: '@.payload.pm25 < 0'; may repeat",
    },
    all: { type: 'boolean', help: 'those too that were replayed or discarded before' },
    each: { type: 'boolean', help: 'ls: one by one, newest first' },
    limit: { type: 'string', value: 'N', help: 'ls --each: at most so many; 50 when absent' },
    rate: { type: 'string', value: 'N', help: 'replay: so many dead letters a second, at most' },
    'dry-run': {
      type: 'boolean',
      help: 'replay, discard: tells what would pass and what would still die, and changes nothing',
    },
    config: configOption,
    json: jsonOption,
    'data-dir': dataDirOption,
  },
  examples: [
    'millrace dlq ls',
    'millrace dlq replay --source air --dry-run',
    "millrace dlq replay --where '@.payload.pm25 > 0' --rate 50",
    "millrace dlq discard --source test --reason 'A test device.'",
  ],
  async run({ values, operands }) {
    const { action, id } = actionOf(operands);
    const settings = commandSettings({ dataDir: values['data-dir'] });
    const asJson = values.json === true;
    if (action === 'replay' || action === 'discard')
      return actOnLetters(action, { ...values, settings, asJson, dryRun: values['dry-run'] });
    if (action === 'log') {
      await useRegistry(settings, { register: false });
      return closing(await openLogReader(settings), (log) => listActions(log, asJson));
    }
    const wheres = (values.where ?? []).map(parseWhere);
    const filter = {
      ...filterOf(values, Date.now()),
      ...(values.all !== true && { state: 'open' as const }),
    };
    const listing = { filter, wheres, limit: limitOf(values.limit), asJson };
    const isEach = values.each === true || wheres.length > 0;
    requireLog(settings);
    return closing(openStoreReader({ settings }), (store) => {
      if (action === 'show') return showLetter(store, id, asJson);
      return isEach ? listEach(store, listing) : listGroups(store, listing);
    });
  },
});

function actionOf([typed, id = '', ...rest]: readonly string[]): { action: Action; id: string } {
  const action = actions.find((name) => name === typed);
  const isRight = action === 'show' ? id !== '' && rest.length === 0 : id === '';
  if (action !== undefined && isRight) return { action, id };
  throw new UsageError('dlq takes ls, replay, discard or log, or show and an ID.');
}

function limitOf(typed = '50'): number {
  const limit = Number(typed);
  if (Number.isInteger(limit) && limit > 0) return limit;
  throw new UsageError(`--limit should be a whole number above 0, and is "${typed}".`);
}

async function closing<T extends { close(): Promise<void> }>(
  opened: T,
  work: (opened: T) => Promise<ExitCode>,
): Promise<ExitCode> {
  try {
    return await work(opened);
  } finally {
    await opened.close();
  }
}
