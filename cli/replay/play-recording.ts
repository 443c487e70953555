import { pause } from '../../core/pause.ts';
import { orAborted } from '../or-aborted.ts';
import type { Publisher } from './connect-publisher.ts';
import type { RecordedPacket, Recording, RecordingExtent } from './recording.ts';
import { type RecordedTimes, type RecordingClock, recordingClock } from './recording-clock.ts';

export interface PlayOptions {
  readonly recording: Recording;
  /** As `measureRecording` gave it; `shift` at more than real speed needs the true end. */
  readonly extent: Pick<RecordingExtent, 'firstMs' | 'lastMs'>;
  readonly publisher: Pick<Publisher, 'publish'>;
  readonly speed: number | 'max';
  readonly times: RecordedTimes;
  /** Recorded time to begin at, the first time round; earlier packets are passed over. */
  readonly beginMs?: number | undefined;
  readonly signal: AbortSignal;
  readonly onPacket?: (packet: RecordedPacket) => void;
  /** The clock of this round, for those who go by the same time. */
  readonly onClock?: (clock: RecordingClock) => void;
}

/** Timers are coarse: a packet that is due within this goes at once. */
const earlyMs = 2;

/** Publishes a recording once through, each packet when it is due. Resolves at its end, or when the signal aborts. */
export async function playRecording(options: PlayOptions): Promise<void> {
  const { recording, extent, publisher, speed, signal } = options;
  const beginMs = options.beginMs ?? extent.firstMs ?? 0;
  const clock = recordingClock({
    times: options.times,
    speed,
    beginMs,
    lastMs: extent.lastMs ?? 0,
    startedAtMs: Date.now(),
  });
  options.onClock?.(clock);
  for await (const packet of recording.packets()) {
    if (signal.aborted) return;
    const { timeMs } = packet;
    if (timeMs !== undefined && timeMs < beginMs) continue;
    let nowMs = Date.now();
    if (timeMs !== undefined && speed !== 'max') {
      const waitMs = clock.dueMs(timeMs) - nowMs;
      if (waitMs > earlyMs) await pause(waitMs, signal);
      if (signal.aborted) return;
      nowMs = Date.now();
    }
    const shiftMs = timeMs === undefined ? 0 : clock.shiftMs(timeMs, nowMs);
    const room = publisher.publish(packet.topic, packet.payload(shiftMs));
    options.onPacket?.(packet);
    if (room) await orAborted(room, signal);
  }
}
