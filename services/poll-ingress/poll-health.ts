import type { LogTable, ProcessHandler } from '../../core/log/event-log.ts';
import { parsePollState } from '../../core/poll/poll-state.ts';
import type { Health } from '../../core/service.ts';

/** Not ready while the log takes no commit; providers that are away are told beside, since others go on. */
export class PollHealth {
  readonly #states: LogTable;
  readonly #sources: ReadonlySet<string>;
  #failure: string | undefined;

  constructor(states: LogTable, sources: Iterable<string>) {
    this.#states = states;
    this.#sources = new Set(sources);
  }

  watch(handle: ProcessHandler): ProcessHandler {
    return async (batch, context) => {
      const records = await handle(batch, context);
      this.#failure = undefined;
      return records;
    };
  }

  failed(error: unknown): void {
    this.#failure = error instanceof Error ? error.message : String(error);
  }

  health(): Health {
    if (this.#failure !== undefined)
      return {
        ready: false,
        detail: `A poll could not be committed, and is tried again: ${this.#failure}`,
      };
    const open = [...this.#states.entries()].flatMap(([source, { value }]) => {
      const state = value && this.#sources.has(source) ? parsePollState(value) : undefined;
      if (state?.circuit !== 'open') return [];
      const until = new Date(state.notBeforeMs).toISOString();
      return [
        `${source} is not asked until ${until} after ${state.failures} failures: ${state.problem}`,
      ];
    });
    return open.length === 0 ? { ready: true } : { ready: true, detail: open.join(' ') };
  }
}
