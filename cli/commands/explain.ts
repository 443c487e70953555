import { sinksOf } from '../../core/config/sinks-of.ts';
import { openLogReader } from '../../core/log/open-log.ts';
import { useRegistry } from '../../core/registry/use-registry.ts';
import { enricherGroup } from '../../services/enricher/config.ts';
import { openStoreReader } from '../../stores/open-store-reader.ts';
import { commandSettings, dataDirOption, jsonOption } from '../command-settings.ts';
import { defineCommand } from '../define-command.ts';
import { describeWay } from '../explain/describe-way.ts';
import { findWay } from '../explain/find-way.ts';
import { describeStack } from '../stack/describe-stack.ts';
import { UsageError } from '../usage-error.ts';

export const explain = defineCommand({
  operands: 'EVENT_ID',
  description: `Tells one reading's way through log and stores: each stage, when, and what it became. Works while millrace up
runs. The event id stands in what millrace tail prints, in the live feed and in dead letters.`,
  options: { json: jsonOption, 'data-dir': dataDirOption },
  async run({ values, operands }) {
    const [eventId, ...rest] = operands;
    if (!eventId || rest.length > 0) throw new UsageError('explain takes one EVENT_ID.');
    const settings = commandSettings({ dataDir: values['data-dir'] });
    await useRegistry(settings, { register: false });
    const log = await openLogReader(settings);
    const store = openStoreReader({ settings });
    try {
      const way = await findWay(eventId, {
        log,
        store,
        sinks: sinksOf(settings),
        groupPrefix: settings.groupPrefix,
        enricherGroup: enricherGroup(settings),
      });
      const found = way.raw.length + way.enriched.length + way.deadLetters.length > 0;
      if (!found) {
        console.error(`No reading ${eventId} is in ${describeStack(settings).log}.`);
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
