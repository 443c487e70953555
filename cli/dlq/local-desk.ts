import type { Registry } from 'prom-client';
import type { Pipeline } from '../../core/config/pipeline.ts';
import type { Settings } from '../../core/config/settings.ts';
import type { Events } from '../../core/events.ts';
import type { EventLog } from '../../core/log/event-log.ts';
import { pipelineTopics } from '../../core/log/pipeline-topics.ts';
import type { Service } from '../../core/service.ts';
import { openReadingTrial } from '../../services/enricher/reading-trial.ts';
import { discardLetters } from '../../stores/dead-letters/discard-letters.ts';
import { replayLetters } from '../../stores/dead-letters/replay-letters.ts';
import { openStoreReader } from '../../stores/open-store-reader.ts';
import { serviceStarts } from '../stack/service-starts.ts';
import { wallClock } from '../stack/wall-clock.ts';
import type { LetterDesk } from './letter-desk.ts';
import { storeHasMarks } from './store-has-marks.ts';

export interface LocalDeskParts {
  readonly settings: Settings;
  readonly pipeline: Pipeline;
  /** Closed with the desk. */
  readonly log: EventLog;
  readonly events: Events;
  readonly metrics: Registry;
}

/** This process appends to the log itself. */
export async function openLocalDesk(parts: LocalDeskParts): Promise<LetterDesk> {
  const { settings, pipeline, log, events } = parts;
  const now = wallClock();
  await log.createTopics(pipelineTopics(pipeline, settings));
  const store = openStoreReader({ settings });
  const trial = await openReadingTrial({ pipeline, log, events });
  const { tryReading } = trial;
  let sink: Service | undefined;
  return {
    replay: (request) => replayLetters({ store, log, now, pipeline, tryReading }, request),
    discard: (request) => discardLetters({ store, log, now }, request),
    settle: async () => {
      // Nothing else runs on an embedded log that this process could open: its store would not hear of it before the next start.
      if (settings.kafka === undefined) {
        const name = settings.postgresUrl === undefined ? 'sqlite-sink' : 'postgres-sink';
        const start = await serviceStarts[name]();
        sink = await start({ ...parts, now });
      }
      return storeHasMarks({ store, log });
    },
    close: async () => {
      await sink?.stop();
      trial.close();
      await store.close();
      await log.close();
    },
  };
}
