import type { ApiLedger } from '../../../api-types.ts';
import { Icon } from '../app/icon.tsx';
import { goTo } from '../app/page-address.ts';
import type { Polled } from '../app/polled.ts';
import { formatCount } from '../words/format-number.ts';
import { Growth } from './growth.ts';
import { ledgerVerdict } from './ledger-verdict.ts';

/** Dead letters are news for five minutes; old ones are a count like others. */
const growth = new Growth(5 * 60_000);

/** The ledger in a line: dead letters, and whether everything is accounted for. */
export function LedgerLine({ answer, error }: Polled<ApiLedger>) {
  if (!answer)
    return error === null ? null : <LedgerFigure look="warning" word="not known" title={error} />;
  const verdict = ledgerVerdict(answer);
  const growing = growth.see(verdict.deadLettered, Date.now());
  return (
    <>
      <button
        type="button"
        class={`figure dead-letters-figure${growing ? ' warning' : ''}${verdict.deadLettered === 0 ? ' none' : ''}`}
        title="Readings and packets that could not go on"
        onClick={() => goTo({ panel: 'dead-letters' })}
      >
        {growing && <Icon name="warning" />}
        <b>{formatCount(verdict.deadLettered)}</b>
        <span class="figure-unit">dead letter{verdict.deadLettered === 1 ? '' : 's'}</span>
      </button>
      {error !== null ? (
        <LedgerFigure look="warning" word="not known" title={error} />
      ) : (
        <LedgerFigure
          look={verdict.addsUp ? 'sound' : 'critical'}
          word={verdict.addsUp ? 'adds up' : "doesn't add up"}
          title="Is everything that came in accounted for?"
        />
      )}
    </>
  );
}

interface LedgerFigureProps {
  readonly look: 'sound' | 'warning' | 'critical';
  readonly word: string;
  readonly title: string;
}

function LedgerFigure({ look, word, title }: LedgerFigureProps) {
  return (
    <button
      type="button"
      class={`figure ledger-figure ${look}`}
      title={title}
      onClick={() => goTo({ panel: 'ledger' })}
    >
      <Icon name={look === 'sound' ? 'check' : 'warning'} />
      <span class="figure-unit">ledger</span>
      <b>{word}</b>
    </button>
  );
}
