import type { ApiLedger, ApiLedgerSource } from '../../../api-types.ts';
import { Icon } from '../app/icon.tsx';
import { Panel } from '../app/panel.tsx';
import type { Polled } from '../app/polled.ts';
import { formatExact } from '../words/format-number.ts';
import { ledgerVerdict } from './ledger-verdict.ts';

export function LedgerPanel({ answer, error }: Polled<ApiLedger>) {
  return (
    <Panel title="Ledger">
      {error !== null && (
        <div class="verdict warning">
          <Icon name="warning" />
          <p>
            <b>Not known just now.</b> {error} {answer && 'Below is what it was.'}
          </p>
        </div>
      )}
      {answer && <LedgerOf ledger={answer} isOld={error !== null} />}
      {!answer && error === null && <p class="quiet">Asking for the ledger…</p>}
    </Panel>
  );
}

function LedgerOf({ ledger, isOld }: { readonly ledger: ApiLedger; readonly isOld: boolean }) {
  const verdict = ledgerVerdict(ledger);
  const sources = Object.entries(ledger.sources);
  return (
    <>
      {!isOld && (
        <div class={`verdict ${verdict.addsUp ? 'sound' : 'critical'}`}>
          <Icon name={verdict.addsUp ? 'check' : 'warning'} />
          {verdict.addsUp ? (
            <p>
              <b>Adds up.</b> Each of {formatExact(verdict.accepted)} accepted readings is accounted
              for.
            </p>
          ) : (
            <div>
              {verdict.faults.map((fault) => (
                <p key={fault}>{fault}</p>
              ))}
            </div>
          )}
        </div>
      )}
      {sources.length === 0 && <p class="quiet">No source has accepted a reading yet.</p>}
      {sources.map(([name, source]) => (
        <SourceAccount key={name} name={name} source={source} />
      ))}
      {ledger.unmatched > 0 && (
        <p class="quiet">
          {formatExact(ledger.unmatched)} packet{ledger.unmatched === 1 ? '' : 's'} at the broker
          matched no source: forwarded to subscribers, and not counted above.
        </p>
      )}
    </>
  );
}

function SourceAccount({
  name,
  source,
}: {
  readonly name: string;
  readonly source: ApiLedgerSource;
}) {
  return (
    <section class="account">
      <h3>{name}</h3>
      <Sum
        left={[['accepted', source.accepted]]}
        right={[
          ['deduplicated', source.deduplicated],
          ['filtered', source.filtered],
          ['dead letters', source.deadLettered],
          ['passed on', source.passedOn],
          ['in flight', source.inFlight],
        ]}
        difference={source.difference}
      />
      {Object.entries(source.sinks).map(([sinkName, sink]) => (
        <div class="sink" key={sinkName}>
          <h4>{sinkName}</h4>
          <Sum
            left={[
              ['passed on', source.passedOn],
              ...(source.derived > 0 ? ([['derived', source.derived]] as const) : []),
            ]}
            right={[
              ['stored', sink.stored],
              ['expired', sink.expired],
              ['dead letters', sink.deadLettered],
              ['in flight', sink.inFlight],
            ]}
            difference={sink.difference}
          />
        </div>
      ))}
    </section>
  );
}

type Term = readonly [word: string, count: number];

interface SumProps {
  readonly left: readonly Term[];
  readonly right: readonly Term[];
  readonly difference: number;
}

/** An equation with each term's word beneath it. */
function Sum({ left, right, difference }: SumProps) {
  return (
    <div class="sum">
      <Terms terms={left} />
      <span class="operator">=</span>
      <Terms terms={right} />
      <span class={`difference ${difference === 0 ? 'sound' : 'critical'}`}>
        <Icon name={difference === 0 ? 'check' : 'warning'} />
        {difference === 0 ? 'difference 0' : `difference ${formatExact(difference)}`}
      </span>
    </div>
  );
}

function Terms({ terms }: { readonly terms: readonly Term[] }) {
  return (
    <>
      {terms.map(([word, count], index) => (
        <>
          {index > 0 && <span class="operator">+</span>}
          <span class={`term${count === 0 ? ' nothing' : ''}`} key={word}>
            <b>{formatExact(count)}</b>
            <span>{word}</span>
          </span>
        </>
      ))}
    </>
  );
}
