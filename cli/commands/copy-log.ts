import { Registry } from 'prom-client';
import type { KafkaSettings, Settings } from '../../core/config/settings.ts';
import { type CopyLogReport, copyLog, type MovedStore } from '../../core/copy-log/copy-log.ts';
import { type CopyOutlook, inspectCopy } from '../../core/copy-log/inspect-copy.ts';
import { MillraceError } from '../../core/errors.ts';
import { createEvents } from '../../core/events.ts';
import { CopyTarget } from '../../core/log/kafka/copy/copy-target.ts';
import { hasKafkaLog } from '../../core/log/kafka/copy/has-kafka-log.ts';
import { openLog, openLogReader } from '../../core/log/open-log.ts';
import { LogExport } from '../../core/log/sqlite/log-export.ts';
import { enricherGroup } from '../../services/enricher/config.ts';
import { sinkName } from '../../services/sqlite-sink/config.ts';
import { moveStore, storeOffsets } from '../../stores/sqlite/move-store.ts';
import { abortOnSignals } from '../abort-on-signals.ts';
import { commandSettings, dataDirOption, jsonOption } from '../command-settings.ts';
import { defineCommand } from '../define-command.ts';
import { progressBar } from '../progress-bar.ts';
import { UsageError } from '../usage-error.ts';

const brokenOff =
  'Broken off. What is copied stays, and the same command goes on with the rest; until it is done, start Millrace on neither log.';

export const copyLogCommand = defineCommand({
  description: `Copies the embedded log of a data folder into the Kafka that MILLRACE_KAFKA_BROKERS names: records, the state of
steps, and where everybody stands. Stop millrace up first, run this, then start it with the same settings: it goes on
on Kafka without a gap or a repeat. Killed or cut off, it goes on where it was when it is run again.
The embedded log stays as it is; the store beside it goes along.`,
  options: {
    'dry-run': { type: 'boolean', help: 'says what would be copied, and changes nothing' },
    json: jsonOption,
    'data-dir': dataDirOption,
  },
  examples: ['MILLRACE_KAFKA_BROKERS=localhost:9092 millrace copy-log --dry-run'],
  async run({ values, operands }) {
    if (operands.length > 0) throw new UsageError(`copy-log takes no operand: "${operands[0]}".`);
    const settings = commandSettings({ dataDir: values['data-dir'] });
    const { kafka } = settings;
    if (kafka === undefined)
      throw new UsageError('copy-log needs MILLRACE_KAFKA_BROKERS: the Kafka to copy to.');
    const source = new LogExport(settings.dataDir);
    try {
      refuseOtherGroups(source, settings);
      if (values['dry-run']) {
        const outlook = await inspect(source, settings, kafka);
        console.log(values.json ? JSON.stringify(outlook) : describeOutlook(outlook));
      } else {
        const report = await copy(source, settings, kafka);
        console.log(values.json ? JSON.stringify(report) : describeReport(report));
      }
      return 0;
    } finally {
      source.close();
    }
  },
});

/** Positions are carried over under the names of the groups, which hold the prefix. */
function refuseOtherGroups(source: LogExport, settings: Settings): void {
  const groups = new Set(source.offsets().map(({ group }) => group));
  const wanted = enricherGroup(settings);
  if (groups.size === 0 || groups.has(wanted)) return;
  throw new MillraceError(
    'INPUT_INVALID',
    `The enricher's group in the embedded log should be ${wanted}, as MILLRACE_KAFKA_GROUP_PREFIX makes it; there are ${[...groups].join(', ')}. ` +
      'Set the prefix that the embedded stack had.',
  );
}

async function inspect(
  source: LogExport,
  settings: Settings,
  kafka: KafkaSettings,
): Promise<CopyOutlook> {
  const log = (await hasKafkaLog(kafka)) ? await openLogReader(settings) : undefined;
  try {
    return await inspectCopy({
      source,
      log,
      partitions: settings.partitions,
      storeOffsets: storeOffsets(settings.dataDir, source.logId) ?? {},
    });
  } finally {
    await log?.close();
  }
}

async function copy(
  source: LogExport,
  settings: Settings,
  kafka: KafkaSettings,
): Promise<CopyLogReport> {
  const events = createEvents({
    level: 'warn',
    metrics: new Registry(),
    destination: process.stderr,
  });
  const bar = process.stderr.isTTY
    ? progressBar('{bar} {percentage}% | {value}/{total} records | {eta_formatted} to go')
    : undefined;
  // Between any two steps it may be killed, so it needs no end in order, and none is waited for.
  abortOnSignals().addEventListener('abort', () => {
    bar?.stop();
    console.error(brokenOff);
    process.exit(1);
  });
  const log = await openLog({ settings, events });
  const target = await CopyTarget.open(kafka, events).catch(async (error: unknown) => {
    await log.close();
    throw error;
  });
  try {
    bar?.start(0, 0);
    return await copyLog({
      source,
      log,
      target,
      partitions: settings.partitions,
      store: storeOf(settings, source.logId),
      nowMs: () => Date.now(),
      onProgress: ({ records, totalRecords }) => {
        bar?.setTotal(totalRecords);
        bar?.update(records);
      },
    });
  } finally {
    bar?.stop();
    await target.close();
    await log.close();
  }
}

function storeOf({ dataDir: folder }: Settings, fromLogId: string): MovedStore {
  return {
    sink: sinkName,
    offsets: storeOffsets(folder, fromLogId) ?? {},
    move: (toLogId, newOffset) => moveStore({ folder, fromLogId, toLogId }, newOffset),
  };
}

function describeOutlook({ topics, stateEntries, isDone }: CopyOutlook): string {
  if (isDone) return 'The copy is done: start Millrace on Kafka.';
  const lines = topics.map(
    ({ topic, partitions, records, bytes, copied }) =>
      `  ${topic}: ${records} records (${(bytes / 1e6).toFixed(1)} MB) in ${partitions === 1 ? '1 partition' : `${partitions} partitions`}${copied > 0 ? `, ${copied} of them copied` : ''}`,
  );
  return ['To be copied:', ...lines, `  state: ${stateEntries} entries`].join('\n');
}

function describeReport({ records, stateEntries, wasDone }: CopyLogReport): string {
  return wasDone
    ? 'The copy was done before: start Millrace on Kafka.'
    : `Copied ${records} records and ${stateEntries} entries of state. Start Millrace on Kafka: it goes on from here.`;
}
