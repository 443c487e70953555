import { Registry } from 'prom-client';
import { loadPipeline } from '../../core/config/load-pipeline.ts';
import type { Settings } from '../../core/config/settings.ts';
import { createEvents } from '../../core/events.ts';
import { useRegistry } from '../../core/registry/use-registry.ts';
import {
  commandSettings,
  configOption,
  dataDirOption,
  defaultConfig,
  jsonOption,
} from '../command-settings.ts';
import { defineCommand } from '../define-command.ts';
import { progressBar } from '../progress-bar.ts';
import { type RebuildReport, rebuilders, type StoreName, storesOf } from '../rebuild/rebuilders.ts';
import { wallClock } from '../stack/wall-clock.ts';
import { UsageError } from '../usage-error.ts';

export const rebuild = defineCommand({
  operands: '[STORE]',
  description: `Makes a store anew from the log, as far back as the log goes: sqlite, postgres or influx; where the settings name one
store only it needs no name. For a damaged or lost store, or one that is to keep a longer history.
sqlite: beside the old one, which it replaces when it is done; with its sink stopped (on the embedded log: millrace up).
postgres: the same, and sinks may run. influx: the same points are written again into what is there; sinks may run, and
the ledger counts nothing twice.`,
  options: { config: configOption, 'data-dir': dataDirOption, json: jsonOption },
  examples: ['millrace rebuild', 'millrace rebuild influx'],
  async run({ values, operands }) {
    const settings = commandSettings({ dataDir: values['data-dir'] });
    const store = storeNamed(operands, settings);
    const pipeline = await loadPipeline(values.config ?? defaultConfig, console.error);
    const events = createEvents({
      level: 'warn',
      metrics: new Registry(),
      destination: process.stderr,
    });
    await useRegistry(settings, { register: true, events });
    const bar = process.stderr.isTTY
      ? progressBar('{bar} {percentage}% | {value}/{total} records | {eta_formatted} to go')
      : undefined;
    try {
      bar?.start(0, 0);
      const report = await rebuilders[store]({
        settings,
        pipeline,
        events,
        now: wallClock(),
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
    }
  },
});

function storeNamed([named, ...rest]: readonly string[], settings: Settings): StoreName {
  const stores = storesOf(settings);
  if (rest.length > 0) throw new UsageError(`rebuild takes one STORE: ${stores.join(', ')}.`);
  const store = named === undefined ? stores[0] : stores.find((name) => name === named);
  if (named !== undefined && store === undefined)
    throw new UsageError(
      `These settings have no store "${named}". They have: ${stores.join(', ')}.`,
    );
  if (store === undefined || (named === undefined && stores.length > 1))
    throw new UsageError(`rebuild needs to know which STORE: ${stores.join(', ')}.`);
  return store;
}

function describe({ records, sources }: RebuildReport): string {
  const lines = Object.entries(sources).map(
    ([name, { stored, expired, deadLettered }]) =>
      `  ${name}: ${stored} stored, ${expired} expired, ${deadLettered} dead-lettered`,
  );
  return [`The store is new, from ${records} records:`, ...lines].join('\n');
}
