import { once } from 'node:events';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Pipeline } from '../../core/config/pipeline.ts';
import type { Settings } from '../../core/config/settings.ts';
import { createEvents, type Events } from '../../core/events.ts';
import { startOpsServer } from '../../core/ops-server.ts';
import { abortOnSignals } from '../abort-on-signals.ts';
import type { ExitCode } from '../define-command.ts';
import type { ServiceName } from './service-starts.ts';
import { type Stack, startStack } from './start-stack.ts';

/** How long stopping may take before the process ends without it: what was not committed is read again. */
const stopWithinMs = 9000;

export interface RunOptions {
  readonly pipeline: Pipeline;
  readonly settings: Settings;
  readonly services: readonly ServiceName[];
  /** Called when all run; what it resolves with is awaited after the signal, before the services stop. */
  readonly whenUp: (running: {
    readonly events: Events;
    readonly signal: AbortSignal;
  }) => Promise<void>;
}

/**
 * Runs services until SIGINT, SIGTERM or the launcher's end, then stops them in order. When the log is lost they are
 * stopped too, and the exit code is 1: whoever watches over the process starts it again.
 */
export async function runUntilStopped(options: RunOptions): Promise<ExitCode> {
  const { pipeline, settings, services } = options;
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });
  const events = createEvents({
    level: settings.logLevel,
    metrics,
    pretty: process.stdout.isTTY === true,
  });
  const lost = new AbortController();
  const signal = AbortSignal.any([abortOnSignals(), lost.signal]);
  const onLogLost = () => lost.abort('the log is lost');
  const stack = await startStack({ pipeline, settings, events, metrics, services, onLogLost });
  const stopOps = await opsServer(stack, options, metrics);
  const finished = options.whenUp({ events, signal });
  if (!signal.aborted) await once(signal, 'abort');
  events.info('process.stopping', {
    message: `Stopping (${signal.reason}): input first, then what follows.`,
  });
  const watchdog = setTimeout(() => {
    events.error('process.stop-overdue', {
      message: `Not stopped within ${stopWithinMs / 1000} s; ending. What was not committed is read again at the next start.`,
    });
    process.exit(1);
  }, stopWithinMs);
  await finished;
  await stopOps();
  await stack.stop();
  // It goes on watching: something that was left open would keep the process.
  watchdog.unref();
  events.info('process.stopped', { message: 'Stopped. Everything accepted is in the log.' });
  return lost.signal.aborted ? 1 : 0;
}

/** The dashboard answers for the health of its process; without it there is a server for that alone. */
async function opsServer(
  stack: Stack,
  { settings, services }: RunOptions,
  metrics: Registry,
): Promise<() => Promise<void>> {
  if (services.includes('dashboard')) return async () => undefined;
  try {
    const server = await startOpsServer({
      host: settings.host,
      port: settings.opsPort,
      trustNetwork: settings.trustNetwork,
      metrics,
      services: () => stack.services,
    });
    return () => server.stop();
  } catch (error) {
    await stack.stop();
    throw error;
  }
}
