import { openStoreReader } from '../../stores/open-store-reader.ts';
import type { DeadLetterReader } from '../../stores/store.ts';
import { commandSettings, dataDirOption, jsonOption } from '../command-settings.ts';
import { defineCommand, type ExitCode } from '../define-command.ts';
import {
  deadLetterToJson,
  describeDeadLetter,
  describeGroups,
  describeLetters,
  toRfc3339,
} from '../dlq/format-dead-letter.ts';
import { UsageError } from '../usage-error.ts';

interface Filter {
  readonly source?: string | undefined;
  readonly stage?: string | undefined;
  readonly reason?: string | undefined;
}

export const dlq = defineCommand({
  operands: 'ls | show ID',
  description: `Dead letters: records that could not go on, with their bytes and the reason. ls counts them by source, stage and
reason, or with --each lists the newest with their ids; show prints one with its bytes. Works while millrace up runs.`,
  options: {
    source: { type: 'string', value: 'NAME', help: 'of this source only' },
    stage: {
      type: 'string',
      value: 'NAME',
      help: 'of this stage only: ingress, enricher, or a sink as sqlite-sink',
    },
    reason: { type: 'string', value: 'CODE', help: 'of this reason only' },
    each: { type: 'boolean', help: 'ls: one by one, newest first' },
    limit: { type: 'string', value: 'N', help: 'with --each: at most so many; 50 when absent' },
    json: jsonOption,
    'data-dir': dataDirOption,
  },
  examples: ['millrace dlq ls', 'millrace dlq ls --each --reason out-of-range'],
  async run({ values, operands }) {
    const [action, id, ...rest] = operands;
    const limit = Number(values.limit ?? 50);
    if (!Number.isInteger(limit) || limit < 1)
      throw new UsageError(`--limit should be a whole number above 0, and is "${values.limit}".`);
    const isList = action === 'ls' && id === undefined;
    const isShow = action === 'show' && id !== undefined && rest.length === 0;
    if (!isList && !isShow) throw new UsageError('dlq takes ls, or show and an ID.');
    const settings = commandSettings({ dataDir: values['data-dir'] });
    const store = openStoreReader({ settings });
    const asJson = values.json === true;
    try {
      if (isShow) return await show(store, id ?? '', asJson);
      const { source, stage, reason } = values;
      const filter = { source, stage, reason };
      return values.each
        ? await listEach(store, filter, { limit, asJson })
        : await listGroups(store, filter, asJson);
    } finally {
      await store.close();
    }
  },
});

async function show(store: DeadLetterReader, id: string, asJson: boolean): Promise<ExitCode> {
  const letter = await store.deadLetter(id);
  if (!letter) {
    console.error(`There is no dead letter ${id}. millrace dlq ls --each lists them.`);
    return 1;
  }
  console.log(asJson ? JSON.stringify(deadLetterToJson(letter)) : describeDeadLetter(letter));
  return 0;
}

async function listGroups(
  store: DeadLetterReader,
  filter: Filter,
  asJson: boolean,
): Promise<ExitCode> {
  const groups = (await store.deadLetterGroups({})).filter(
    ({ source, stage, reason }) =>
      (filter.source ?? source) === source &&
      (filter.stage ?? stage) === stage &&
      (filter.reason ?? reason) === reason,
  );
  const items = groups.map((group) => ({
    ...group,
    firstAt: toRfc3339(group.firstAt),
    lastAt: toRfc3339(group.lastAt),
  }));
  console.log(asJson ? JSON.stringify({ items, nextCursor: null }) : describeGroups(groups));
  return 0;
}

async function listEach(
  store: DeadLetterReader,
  filter: Filter,
  { limit, asJson }: { readonly limit: number; readonly asJson: boolean },
): Promise<ExitCode> {
  const given = Object.fromEntries(Object.entries(filter).filter(([, value]) => value));
  const { items, nextCursor } = await store.deadLetters({ ...given, limit });
  console.log(
    asJson
      ? JSON.stringify({ items: items.map(deadLetterToJson), nextCursor })
      : describeLetters(items),
  );
  return 0;
}
