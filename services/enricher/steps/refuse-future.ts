import type { Step } from '../step.ts';

/**
 * A reading further ahead of our clock than `maxFutureMs` would stay its entity's latest for ever.
 * Our clock is `receivedAt`, so that the same record has the same outcome whenever it is read.
 */
export function refuseFuture(maxFutureMs: number): Step {
  const maxAhead = maxFutureMs * 1000;
  return (reading) => {
    const ahead = reading.observedAt - reading.receivedAt;
    if (ahead <= maxAhead) return { kind: 'ok', reading };
    return {
      kind: 'deadLetter',
      reason: 'from-the-future',
      detail: `The time should be at most ${maxFutureMs / 1000} s ahead of ours; it is ${Math.round(ahead / 1e6)} s ahead.`,
      place: 'observedAt',
    };
  };
}
