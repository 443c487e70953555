import type { Events } from '../../core/events.ts';
import type { ProcessHandler } from '../../core/log/event-log.ts';
import type { Health } from '../../core/service.ts';

export interface BatchHealth {
  /** The same handler; a partition is well again when it gets a batch of it through. */
  watch(handle: ProcessHandler): ProcessHandler;
  /** For `onError` of the log: the batch, of whatever partition, will come again. */
  failed(error: unknown): void;
  health(): Health;
}

/** Not ready while a partition's batch fails: nothing is lost, but nothing goes on there either. */
export function batchHealth(events: Events): BatchHealth {
  const failures = new Map<number | 'commit', string>();
  return {
    watch: (handle) => async (batch, context) => {
      try {
        const records = await handle(batch, context);
        failures.delete(batch.partition);
        failures.delete('commit');
        return records;
      } catch (error) {
        failures.set(batch.partition, messageOf(error));
        throw error;
      }
    },
    failed(error) {
      failures.set('commit', messageOf(error));
      events.warn('enricher.batch-failed', {
        message:
          'A batch could not be enriched or committed; nothing of it is in the log, and it comes again.',
        error,
      });
    },
    health() {
      const [failure] = failures.values();
      return failure === undefined
        ? { ready: true }
        : { ready: false, detail: `A batch failed and is tried again: ${failure}` };
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
