/**
 * A terminal signals the whole group, and the launcher and npm hand signals on: within this time it is one request.
 */
const sameRequestMs = 1000;

/** Aborts at the first SIGINT, SIGTERM or when the launcher is gone; a second signal ends the process at once. */
export function abortOnSignals(): AbortSignal {
  const controller = new AbortController();
  let askedAtMs: number | undefined;
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.on(signal, () => {
      const nowMs = performance.now();
      if (askedAtMs !== undefined && nowMs - askedAtMs > sameRequestMs) process.exit(code);
      askedAtMs ??= nowMs;
      controller.abort(signal);
    });
  }
  // bin/node24.js keeps this channel open for as long as it lives: however it went, we go too.
  if (process.channel) {
    process.on('disconnect', () => controller.abort('disconnect'));
    // The channel must not keep a command alive that is done.
    process.channel.unref();
  }
  return controller.signal;
}
