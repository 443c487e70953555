import type { ReadingTrial } from '../../core/dead-letters/attempt.ts';
import type { ServiceContext } from '../../core/service.ts';

export interface OpenedTrial {
  readonly tryReading: ReadingTrial;
  close(): void;
}

export type OpenReadingTrial = (context: ServiceContext) => Promise<OpenedTrial>;

/** Where no enricher is known: it will judge them itself. */
export const passEverything: OpenReadingTrial = async () => ({
  tryReading: () => ({ kind: 'passes' }),
  close: () => undefined,
});

/** Opened when it is first asked for, which may be never; asked again after a failure. */
export function openOnce(open: () => Promise<OpenedTrial>) {
  let opening: Promise<OpenedTrial> | undefined;
  const trial = async () => {
    opening ??= open();
    try {
      return await opening;
    } catch (error) {
      opening = undefined;
      throw error;
    }
  };
  const close = async () => (await opening?.catch(() => undefined))?.close();
  return Object.assign(trial, { close });
}
