import type { OpenTrial } from '../../core/dead-letters/attempt.ts';
import type { ServiceContext } from '../../core/service.ts';

export type OpenReadingTrial = (context: ServiceContext) => Promise<OpenTrial>;

/** Where no enricher is known: it will judge them itself. */
export const passEverything: OpenReadingTrial = async () => ({
  tryReading: () => ({ kind: 'passes' }),
  close: () => undefined,
});

/** Opened when it is first asked for, which may be never; asked again after a failure. */
export function openOnce(open: () => Promise<OpenTrial>) {
  let opening: Promise<OpenTrial> | undefined;
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
