import { Registry } from 'prom-client';
import { loadPipeline } from '../../core/config/load-pipeline.ts';
import type { Settings } from '../../core/config/settings.ts';
import { isMillraceError } from '../../core/errors.ts';
import { createEvents } from '../../core/events.ts';
import type { EventLog } from '../../core/log/event-log.ts';
import { openLog } from '../../core/log/open-log.ts';
import { useRegistry } from '../../core/registry/use-registry.ts';
import type { LetterDesk } from './letter-desk.ts';
import { openLocalDesk } from './local-desk.ts';
import { openRemoteDesk } from './remote-desk.ts';

/**
 * On Kafka, and while nothing else writes to the embedded log: this process, with the configuration as it is in the file.
 * While `millrace up` has the embedded log: its dashboard, with the configuration that it was started with.
 */
export async function openLetterDesk(settings: Settings, config: string): Promise<LetterDesk> {
  const metrics = new Registry();
  const events = createEvents({ level: 'warn', metrics, destination: process.stderr });
  await useRegistry(settings, { register: true, events });
  let log: EventLog;
  try {
    log = await openLog({ settings, events });
  } catch (error) {
    if (!isMillraceError(error, 'DATA_DIR_IN_USE')) throw error;
    return openRemoteDesk(settings, error);
  }
  try {
    const pipeline = await loadPipeline(config, console.error);
    return await openLocalDesk({ settings, pipeline, log, events, metrics });
  } catch (error) {
    await log.close();
    throw error;
  }
}
