import { useEffect } from 'preact/hooks';
import type { ApiLedger } from '../../../api-types.ts';
import { DeadLettersPanel } from '../dead-letters/dead-letters-panel.tsx';
import { LedgerPanel } from '../ledger/ledger-panel.tsx';
import { LazyMap } from '../map/lazy-map.tsx';
import { TimeLine } from '../timeline/time-line.tsx';
import { Header } from './header.tsx';
import { HelpPanel } from './help-panel.tsx';
import { listenToKeys } from './keyboard.ts';
import { Notices } from './notices.tsx';
import { useObservable } from './observable.ts';
import { pageAddress } from './page-address.ts';
import { usePolled } from './polled.ts';
import { loadReference } from './reference.ts';
import { feed } from './scene.ts';
import { Side } from './side.tsx';
import { TokenForm } from './token-form.tsx';

const ledgerEveryMs = 3000;

export function Page() {
  const { connection } = useObservable(feed.state);
  const { panel } = useObservable(pageAddress);
  const locked = connection === 'token';
  const ledger = usePolled<ApiLedger>(locked ? null : '/api/v1/ledger', ledgerEveryMs);
  useEffect(listenToKeys, []);
  // What the configuration says may be another one after the server was away.
  useEffect(() => {
    if (connection === 'live') void loadReference();
  }, [connection]);

  if (locked) {
    const reopen = () => {
      void loadReference();
      feed.open();
    };
    return <TokenForm onOpened={reopen} />;
  }
  return (
    <div class="page">
      <Header ledger={ledger} />
      <main class="main">
        <LazyMap />
        <Notices />
        <Side ledger={ledger.answer} />
      </main>
      <TimeLine />
      {panel === 'ledger' && <LedgerPanel {...ledger} />}
      {panel === 'dead-letters' && <DeadLettersPanel />}
      {panel === 'help' && <HelpPanel />}
    </div>
  );
}
