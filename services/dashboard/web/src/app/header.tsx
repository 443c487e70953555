import type { ApiLedger } from '../../../api-types.ts';
import { LedgerLine } from '../ledger/ledger-line.tsx';
import { formatCount, formatNumber } from '../words/format-number.ts';
import { formatSpan } from '../words/format-time.ts';
import { ConnectionFigure } from './connection-figure.tsx';
import { Icon } from './icon.tsx';
import { useObservable, useTick } from './observable.ts';
import { goTo } from './page-address.ts';
import type { Polled } from './polled.ts';
import { reference, serverNow } from './reference.ts';
import { feed } from './scene.ts';
import { switchTheme, theme } from './theme.ts';

export function Header({ ledger }: { readonly ledger: Polled<ApiLedger> }) {
  const { pipeline } = useObservable(reference);
  const shown = useObservable(theme);
  return (
    <header class="header">
      <h1>
        <svg class="mark" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
          <path
            d="M2 6c2.7 0 2.7-2.4 5.3-2.4S10 6 12.7 6 15.3 3.6 18 3.6M2 11c2.7 0 2.7-2.4 5.3-2.4S10 11 12.7 11s2.6-2.4 5.3-2.4M2 16c2.7 0 2.7-2.4 5.3-2.4S10 16 12.7 16s2.6-2.4 5.3-2.4"
            fill="none"
            stroke="currentColor"
            stroke-width="1.8"
            stroke-linecap="round"
          />
        </svg>
        Millrace
        {pipeline && <span class="pipeline-name">{pipeline.name}</span>}
      </h1>
      <div class="figures">
        <FlowFigures />
        <LedgerLine {...ledger} />
        <ConnectionFigure />
      </div>
      <div class="header-buttons">
        <button
          type="button"
          class="plain"
          title={shown === 'dark' ? 'Light theme' : 'Dark theme'}
          aria-label={shown === 'dark' ? 'Light theme' : 'Dark theme'}
          onClick={switchTheme}
        >
          <Icon name={shown === 'dark' ? 'sun' : 'moon'} />
        </button>
        <button
          type="button"
          class="plain"
          title="Help"
          aria-label="Help"
          onClick={() => goTo({ panel: 'help' })}
        >
          <Icon name="help" />
        </button>
      </div>
    </header>
  );
}

/** How much comes, and how old the newest is. */
function FlowFigures() {
  useTick(500);
  const rate = feed.rate.perSecond(Date.now());
  const { newestMs } = feed.world;
  return (
    <>
      <span class="figure rate-figure" title="Readings a second, over the last five">
        <b>{rate >= 10 || rate === 0 ? formatCount(Math.round(rate)) : formatNumber(rate)}</b>
        <span class="figure-unit">readings/s</span>
      </span>
      <span class="figure age-figure" title="How long ago the newest reading came in">
        <span class="figure-unit">newest</span>
        <b>{newestMs === 0 ? 'none' : formatSpan(serverNow() - newestMs)}</b>
        <span class="figure-unit">{newestMs === 0 ? 'yet' : 'ago'}</span>
      </span>
    </>
  );
}
