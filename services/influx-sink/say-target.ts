import type { Events } from '../../core/events.ts';
import type { InfluxTarget } from '../../stores/influx/influx-target.ts';

/** Tells operators what bucket or database the sink has found, and when it keeps less than the configuration says. */
export function sayTarget(
  events: Events,
  historyMs: number | null,
): (target: InfluxTarget) => void {
  let said: number | null | undefined;
  return ({ retentionMs, isNew }) => {
    if (isNew) events.info('sink.target-made', { message: 'The bucket or database was made.' });
    const isShorter = retentionMs !== null && (historyMs === null || retentionMs < historyMs);
    if (!isShorter || said === retentionMs) return;
    said = retentionMs;
    const wanted = historyMs === null ? 'for ever' : `for ${inDays(historyMs)}`;
    events.warn('sink.retention-shorter', {
      message: `The configuration keeps history ${wanted}, InfluxDB only for ${inDays(retentionMs)}: older readings are counted as expired. Give the bucket (1.x: the retention policy) the same time.`,
    });
  };
}

const inDays = (ms: number) => `${Number((ms / 86_400_000).toFixed(2))} days`;
