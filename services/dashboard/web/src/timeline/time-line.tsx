import { useState } from 'preact/hooks';
import type { ApiHistory } from '../../../api-types.ts';
import { useObservable, useTick } from '../app/observable.ts';
import { adjust, pageAddress } from '../app/page-address.ts';
import { usePolled } from '../app/polled.ts';
import { serverNow } from '../app/reference.ts';
import { feed } from '../app/scene.ts';
import { formatSpan, formatTime } from '../words/format-time.ts';
import { timeTicks } from './time-ticks.ts';

const longestMs = 7 * 24 * 3_600_000;
/** A line of less than this says nothing. */
const shortestMs = 60_000;
/** So close to now that now is meant. */
const nowShare = 0.995;

/** From the oldest that history holds to now; the way home is "live". */
export function TimeLine() {
  useTick(1000);
  const { at } = useObservable(pageAddress);
  const { connection } = useObservable(feed.state);
  const { answer } = usePolled<ApiHistory>(
    connection === 'live' ? '/api/v1/history' : null,
    30_000,
  );
  const [dragged, setDragged] = useState<number | null>(null);
  const nowMs = serverNow();
  const oldestMs = answer?.oldest ? Date.parse(answer.oldest) : nowMs;
  const fromMs = Math.max(oldestMs, nowMs - longestMs);
  const spanMs = Math.max(nowMs - fromMs, shortestMs);
  const shownMs = dragged ?? at;
  const share = shownMs === null ? 1 : Math.min(1, Math.max(0, (shownMs - fromMs) / spanMs));
  const timeAt = (position: number) => (position >= nowShare ? null : fromMs + position * spanMs);
  const usable = answer !== null && nowMs - oldestMs > shortestMs / 2;

  return (
    <footer class={`time-line${at === null ? '' : ' past'}`}>
      <button
        type="button"
        class={`live-button${at === null && connection === 'live' ? ' on' : ''}`}
        aria-pressed={at === null}
        title="Back to now (L)"
        onClick={() => adjust({ at: null })}
      >
        <svg viewBox="0 0 12 12" width="10" height="10" aria-hidden="true">
          <circle
            cx="6"
            cy="6"
            r="4.5"
            fill={at === null && connection === 'live' ? 'currentColor' : 'none'}
            stroke="currentColor"
            stroke-width="1.6"
          />
        </svg>
        Live
      </button>
      <span class="time-shown">
        {shownMs === null ? formatTime(nowMs, nowMs) : formatTime(shownMs, nowMs)}
        <small>{shownMs === null ? 'now' : `${formatSpan(nowMs - shownMs)} ago`}</small>
      </span>
      <div class="slider">
        <input
          type="range"
          min="0"
          max="1"
          step="any"
          disabled={!usable}
          aria-label="Time"
          aria-valuetext={shownMs === null ? 'live' : formatTime(shownMs, nowMs)}
          value={share}
          onInput={(event) => setDragged(timeAt(Number(event.currentTarget.value)) ?? nowMs)}
          onChange={(event) => {
            setDragged(null);
            adjust({ at: timeAt(Number(event.currentTarget.value)) });
          }}
        />
        <div class="ticks" aria-hidden="true">
          {usable &&
            timeTicks(fromMs, fromMs + spanMs).map(({ timeMs, label }) => (
              <span key={timeMs} style={{ left: `${((timeMs - fromMs) / spanMs) * 100}%` }}>
                {label}
              </span>
            ))}
        </div>
      </div>
    </footer>
  );
}
