import { pause } from '../../core/pause.ts';
import { orAborted } from '../or-aborted.ts';
import type { Publisher } from '../replay/connect-publisher.ts';
import type { Fleet } from './fleet.ts';

export interface DriveOptions {
  readonly fleet: Fleet;
  readonly publisher: Pick<Publisher, 'publish'>;
  /** `{id}` is the vehicle's: `simulated/{id}/state`. */
  readonly topic: string;
  /** How often a vehicle reports. */
  readonly intervalMs: number;
  readonly signal: AbortSignal;
  readonly onPacket?: () => void;
}

/** No vehicle jumps further than this after a pause of the machine. */
const longestStepMs = 5000;

/**
 * Publishes each vehicle once an interval, evenly spread over it, until the signal aborts. Payload:
 * `{ts (ms), speed (km/h), heading (degrees), lat, lon, road, simulated: true}`.
 */
export async function driveFleet(options: DriveOptions): Promise<void> {
  const { fleet, publisher, intervalMs, signal } = options;
  const startedMs = Date.now();
  const lastMs = new Array<number>(fleet.count).fill(startedMs);
  const stepMs = intervalMs / fleet.count;
  for (let turn = 0; !signal.aborted; turn++) {
    const dueMs = startedMs + turn * stepMs;
    const waitMs = dueMs - Date.now();
    if (waitMs > 2) await pause(waitMs, signal);
    if (signal.aborted) return;
    const index = turn % fleet.count;
    const nowMs = Date.now();
    const elapsedMs = Math.min(longestStepMs, nowMs - (lastMs[index] ?? nowMs));
    lastMs[index] = nowMs;
    const { id, headingDegrees, speedKmh, roadId, lat, lon } = fleet.drive(index, elapsedMs);
    const room = publisher.publish(
      options.topic.replaceAll('{id}', id),
      JSON.stringify({
        ts: nowMs,
        speed: speedKmh,
        heading: headingDegrees,
        lat,
        lon,
        road: roadId,
        simulated: true,
      }),
    );
    options.onPacket?.();
    if (room) await orAborted(room, signal);
  }
}
