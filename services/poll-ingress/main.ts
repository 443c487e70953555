import { DeadLetterNotice } from '../../core/dead-letter-notice.ts';
import { parsePollState } from '../../core/poll/poll-state.ts';
import type { StartService } from '../../core/service.ts';
import { pollStatesTopic } from '../../core/topics.ts';
import { Asker } from './asker.ts';
import { pollConfig, sourcePlans } from './config.ts';
import { OAuthTokens } from './oauth-tokens.ts';
import { pollHandler } from './poll-handler.ts';
import { PollHealth } from './poll-health.ts';
import { pollMetrics } from './poll-metrics.ts';

/** Pages of providers in; readings, dead letters and how each source stands out. See README.md. */
export const startPollIngress: StartService = async ({ pipeline, settings, log, now, ...rest }) => {
  const events = rest.events.child({ service: 'poll-ingress' });
  const nowMs = () => Math.floor(now() / 1000);
  const stopping = new AbortController();
  const plans = sourcePlans(pipeline);
  const states = await log.table(pollStatesTopic);
  const metrics = pollMetrics(rest.metrics);
  const show = (sources: Iterable<string>) => {
    for (const source of sources) {
      const value = plans.has(source) ? states.get(source)?.value : undefined;
      if (value) metrics.showState(parsePollState(value));
    }
  };
  show(plans.keys());
  states.onChange(show);
  const health = new PollHealth(states, plans.keys());
  const tokens = new OAuthTokens(nowMs);
  const handle = pollHandler({
    ...{ plans, metrics, events, nowMs, tokens },
    notice: new DeadLetterNotice(events, now),
    signal: stopping.signal,
    jitter: Math.random,
  });
  const consumption = await log.process({
    ...pollConfig(settings),
    handle: health.watch(handle),
    onError: (error) => {
      if (stopping.signal.aborted) return;
      health.failed(error);
      events.warn('poll.commit-failed', {
        message:
          'A poll could not be committed; nothing of it is in the log, and it is made again.',
        error,
      });
    },
  });
  const asker = new Asker({ log, states, plans, events, nowMs });
  events.info('poll.started', { message: `Polling ${[...plans.keys()].join(', ')}.` });

  const stop = async () => {
    await asker.stop();
    // A request in hand is given up: nothing of it is committed, and the next start makes it again.
    stopping.abort();
    await consumption.stop();
    states.close();
    events.info('poll.stopped', { message: 'No source is polled any more.' });
  };
  let stopped: Promise<void> | undefined;
  return {
    name: 'poll-ingress',
    health: () => health.health(),
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
};
