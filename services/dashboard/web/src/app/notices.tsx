import { pastState } from '../timeline/past.ts';
import { formatSpan, formatTime } from '../words/format-time.ts';
import { Icon } from './icon.tsx';
import { useObservable, useTick } from './observable.ts';
import { adjust, pageAddress } from './page-address.ts';
import { reference, serverNow } from './reference.ts';
import { feed } from './scene.ts';

/** What is going on when something is wrong, and what follows; over the map, so that nothing is pushed about. */
export function Notices() {
  useTick(1000);
  const { connection, since, complete, reset, begun } = useObservable(feed.state);
  const { error, pipeline } = useObservable(reference);
  const { at } = useObservable(pageAddress);
  const { note } = useObservable(pastState);
  const offline = connection === 'offline' && Date.now() - since > 1000;
  const newest = feed.world.newestMs;
  return (
    <div class="notices" aria-live="polite">
      {at !== null && (
        <p class="notice">
          <Icon name="notice" />
          <span>
            <b>As it was at {formatTime(at, serverNow())}.</b> {note}
          </span>
          <button type="button" class="link" onClick={() => adjust({ at: null })}>
            Back to live
          </button>
        </p>
      )}
      {offline && (
        <p class="notice critical">
          <Icon name="warning" />
          <span>
            <b>Offline.</b> The server has not answered for {formatSpan(Date.now() - since)}; trying
            again, and going on without a gap.
            {newest > 0 && ` What you see is ${formatSpan(serverNow() - newest)} old.`}
          </span>
        </p>
      )}
      {!offline && error !== null && (
        <p class="notice critical">
          <Icon name="warning" />
          <span>
            <b>{pipeline ? 'The server has trouble.' : 'The server can’t be reached.'}</b> {error}{' '}
            Trying again by itself.
          </span>
        </p>
      )}
      {reset && (
        <p class="notice">
          <Icon name="notice" />
          <span>
            <b>Loaded anew.</b> {reset.detail}
          </span>
          <button
            type="button"
            class="plain"
            aria-label="Dismiss"
            onClick={() => feed.dismissReset()}
          >
            <Icon name="close" />
          </button>
        </p>
      )}
      {begun && !complete && (
        <p class="notice warning">
          <Icon name="warning" />
          <span>
            <b>The store can’t be read just now.</b> Entities show as their next readings come; all
            of them when it is back.
          </span>
        </p>
      )}
    </div>
  );
}
