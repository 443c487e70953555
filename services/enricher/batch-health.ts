import type { Events } from '../../core/events.ts';
import type { ProcessHandler } from '../../core/log/event-log.ts';
import type { Health } from '../../core/service.ts';

export interface BatchHealth {
  /** The same handler; a batch that it gets through makes the service ready again. */
  watch(handle: ProcessHandler): ProcessHandler;
  /** For `onError` of the log: the batch will come again. */
  failed(error: unknown): void;
  health(): Health;
}

/** Not ready while batches fail: nothing is lost, but nothing goes on either. */
export function batchHealth(events: Events): BatchHealth {
  let failure: string | undefined;
  return {
    watch: (handle) => async (batch, context) => {
      const records = await handle(batch, context);
      failure = undefined;
      return records;
    },
    failed(error) {
      failure = error instanceof Error ? error.message : String(error);
      events.warn('enricher.batch-failed', {
        message:
          'A batch could not be enriched or committed; nothing of it is in the log, and it comes again.',
        error,
      });
    },
    health: () =>
      failure === undefined
        ? { ready: true }
        : { ready: false, detail: `The last batch failed and is tried again: ${failure}` },
  };
}
