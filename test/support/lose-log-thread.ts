/**
 * Preloaded into a Millrace process (`--import`): at SIGUSR2 the thread that writes the log is gone, as if its memory
 * had run out. No way leads there from outside.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module';
import type { Worker, WorkerOptions } from 'node:worker_threads';

const threads: { Worker: typeof Worker } = createRequire(import.meta.url)('node:worker_threads');

threads.Worker = class extends threads.Worker {
  constructor(script: string | URL, options?: WorkerOptions) {
    super(script, options);
    if (/log-worker/.test(String(script))) process.once('SIGUSR2', () => void this.terminate());
  }
};
syncBuiltinESMExports();
