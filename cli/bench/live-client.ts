import { get } from 'node:http';
import { build, type Histogram } from 'hdr-histogram-js';
import { nowMicros } from './load-generator.ts';

/**
 * Follows the live feed as a browser does and takes, for each reading, the time from when it should have been
 * published (its `observedAt`) to when it was here.
 */
export class LiveClient {
  /** Microseconds. */
  readonly latency: Histogram = build({
    highestTrackableValue: 60_000_000,
    numberOfSignificantValueDigits: 3,
  });
  readings = 0;
  readonly #abort = new AbortController();

  /** Resolves when the snapshot is over and the feed is live. */
  open(address: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const request = get(`${address}/api/v1/live`, { signal: this.#abort.signal }, (response) => {
        let rest = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          const events = (rest + chunk).split('\n\n');
          rest = events.pop() ?? '';
          for (const event of events) this.#take(event, resolve);
        });
        response.on('error', () => undefined);
      });
      request.on('error', reject);
    });
  }

  #take(event: string, isLive: () => void): void {
    const arrived = nowMicros();
    const data = /^data: ?(.*)$/m.exec(event)?.[1];
    if (data === undefined) return;
    isLive();
    if (!event.includes('event: reading')) return;
    for (const { observedAt } of JSON.parse(data) as { observedAt: string }[]) {
      this.readings++;
      this.latency.recordValue(Math.max(0, arrived - microsOf(observedAt)));
    }
  }

  close(): void {
    this.#abort.abort();
  }
}

/** RFC 3339 with up to six decimals, as the API writes it. */
function microsOf(time: string): number {
  const fraction = /\.(\d+)/.exec(time)?.[1] ?? '';
  return Math.floor(Date.parse(time) / 1000) * 1e6 + Number(fraction.padEnd(6, '0').slice(0, 6));
}
