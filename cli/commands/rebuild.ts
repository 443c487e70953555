import { SingleBar } from 'cli-progress';
import { Registry } from 'prom-client';
import { loadPipeline } from '../../core/config/load-pipeline.ts';
import { createEvents } from '../../core/events.ts';
import { openSqliteLog } from '../../core/log/sqlite/open-sqlite-log.ts';
import { useRegistry } from '../../core/registry/use-registry.ts';
import { type RebuildReport, rebuildStore } from '../../services/sqlite-sink/rebuild.ts';
import {
  commandSettings,
  configOption,
  dataDirOption,
  defaultConfig,
  jsonOption,
} from '../command-settings.ts';
import { defineCommand } from '../define-command.ts';
import { wallClock } from '../stack/wall-clock.ts';
import { UsageError } from '../usage-error.ts';

export const rebuild = defineCommand({
  description: `Makes the store anew from the log, as far back as the log goes, and puts it in the old one's place when it is done.
For a damaged store, or one that is to keep a longer history. Not while millrace up runs on the folder.`,
  options: { config: configOption, 'data-dir': dataDirOption, json: jsonOption },
  async run({ values, operands }) {
    if (operands.length > 0) throw new UsageError(`rebuild takes no operand: "${operands[0]}".`);
    const settings = commandSettings({ dataDir: values['data-dir'] });
    const { retention } = await loadPipeline(values.config ?? defaultConfig, console.error);
    const events = createEvents({
      level: 'warn',
      metrics: new Registry(),
      destination: process.stderr,
    });
    await useRegistry(settings, { register: true, events });
    const log = await openSqliteLog({ folder: settings.dataDir, events });
    const bar = process.stderr.isTTY
      ? new SingleBar({
          format: '{bar} {percentage}% | {value}/{total} records | {eta_formatted} to go',
        })
      : undefined;
    try {
      bar?.start(1, 0);
      const report = await rebuildStore({
        log,
        folder: settings.dataDir,
        historyMs: retention.historyMs,
        deadLettersMs: retention.topicsMs,
        now: wallClock(),
        events,
        onProgress: ({ records, totalRecords }) => {
          bar?.setTotal(totalRecords);
          bar?.update(records);
        },
      });
      bar?.stop();
      console.log(values.json ? JSON.stringify(report) : describe(report));
      return 0;
    } finally {
      bar?.stop();
      await log.close();
    }
  },
});

function describe({ records, sources }: RebuildReport): string {
  const lines = Object.entries(sources).map(
    ([name, { stored, expired, deadLettered }]) =>
      `  ${name}: ${stored} stored, ${expired} expired, ${deadLettered} dead-lettered`,
  );
  return [`The store is new, from ${records} records:`, ...lines].join('\n');
}
