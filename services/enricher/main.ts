import { DeadLetterNotice } from '../../core/dead-letter-notice.ts';
import { openRegisterTable } from '../../core/reference/register-table.ts';
import type { StartService } from '../../core/service.ts';
import { batchHandler } from './batch-handler.ts';
import { batchHealth } from './batch-health.ts';
import { enricherConfig } from './config.ts';
import { enricherMetrics } from './metrics.ts';
import { makePlan } from './plan.ts';

/** Raw readings in, enriched readings, dead letters and counts out; see README.md. */
export const startEnricher: StartService = async (context) => {
  const { pipeline, log, now } = context;
  const events = context.events.child({ service: 'enricher' });
  const config = enricherConfig(context);
  const registers = await openRegisterTable(log, events);
  const plan = makePlan(pipeline, registers.get);
  const metrics = enricherMetrics(context.metrics);
  const { watch, failed, health } = batchHealth(events);
  const notice = new DeadLetterNotice(events, now);
  const { dedupeHorizonMs } = config;
  const handle = watch(batchHandler({ plan, metrics, now, notice, dedupeHorizonMs }));
  const consumption = await log.process({ ...config, handle, onError: failed });
  events.info('enricher.started', { message: 'The enricher reads on where it was.' });

  const stop = async () => {
    await consumption.stop();
    registers.close();
    events.info('enricher.stopped', { message: 'The enricher has stopped.' });
  };
  let stopped: Promise<void> | undefined;
  return {
    name: 'enricher',
    health,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
};
