import { useObservable } from './observable.ts';
import { feed } from './scene.ts';

const words = {
  connecting: 'connecting',
  snapshot: 'loading',
  live: 'live',
  offline: 'offline',
  token: 'locked',
} as const;

/** The state of the live feed: a word and a shape, not a colour alone. */
export function ConnectionFigure() {
  const { connection } = useObservable(feed.state);
  return (
    <span
      class={`figure connection ${connection}`}
      role="status"
      aria-label={`Live feed: ${words[connection]}`}
    >
      <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
        {connection === 'live' ? (
          <circle cx="6" cy="6" r="4" fill="currentColor" />
        ) : connection === 'offline' ? (
          <path d="M2.5 2.5l7 7M9.5 2.5l-7 7" stroke="currentColor" stroke-width="2" />
        ) : (
          <circle cx="6" cy="6" r="3.8" fill="none" stroke="currentColor" stroke-width="1.6" />
        )}
      </svg>
      <b>{words[connection]}</b>
    </span>
  );
}
