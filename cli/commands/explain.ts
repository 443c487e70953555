import { openSqliteLogReader } from '../../core/log/sqlite/open-sqlite-log.ts';
import { useRegistry } from '../../core/registry/use-registry.ts';
import { enricherGroup } from '../../services/enricher/config.ts';
import { openSqliteReader } from '../../stores/sqlite/open-sqlite-store.ts';
import { commandSettings, dataDirOption, jsonOption } from '../command-settings.ts';
import { defineCommand } from '../define-command.ts';
import { describeWay } from '../explain/describe-way.ts';
import { findWay } from '../explain/find-way.ts';
import { UsageError } from '../usage-error.ts';

export const explain = defineCommand({
  operands: 'EVENT_ID',
  description: `Tells one reading's way through log and store: each stage, when, and what it became. Works while millrace up
runs. The event id stands in what millrace tail prints, in the live feed and in dead letters.`,
  options: { json: jsonOption, 'data-dir': dataDirOption },
  async run({ values, operands }) {
    const [eventId, ...rest] = operands;
    if (!eventId || rest.length > 0) throw new UsageError('explain takes one EVENT_ID.');
    const settings = commandSettings({ dataDir: values['data-dir'] });
    await useRegistry(settings, { register: false });
    const log = await openSqliteLogReader(settings.dataDir);
    const store = openSqliteReader({ folder: settings.dataDir });
    try {
      const way = await findWay(eventId, { log, store, enricherGroup: enricherGroup(settings) });
      const found = way.raw.length + way.enriched.length + way.deadLetters.length > 0;
      if (!found) {
        console.error(`No reading ${eventId} is in the log of ${settings.dataDir}.`);
        return 1;
      }
      console.log(values.json ? JSON.stringify(way) : describeWay(way));
      return 0;
    } finally {
      await store.close();
      await log.close();
    }
  },
});
