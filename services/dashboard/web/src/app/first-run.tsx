import type { ApiLedger } from '../../../api-types.ts';
import { ledgerVerdict } from '../ledger/ledger-verdict.ts';
import { formatExact } from '../words/format-number.ts';
import { CopyButton } from './copy-button.tsx';
import { useObservable } from './observable.ts';
import { goTo } from './page-address.ts';
import { reference } from './reference.ts';

/** What a new pipeline shows: how to publish a first reading, or why what came made none. */
export function FirstRun({ ledger }: { readonly ledger: ApiLedger | null }) {
  const { pipeline } = useObservable(reference);
  const mqtt = pipeline?.mqtt ?? null;
  const command = pipeline?.firstReading ?? null;
  return (
    <div class="first-run">
      <h2>No readings yet</h2>
      <WhatCame ledger={ledger} />
      {command !== null && (
        <>
          <p>Publish one from a terminal:</p>
          <div class="command">
            <code>{command}</code>
            <CopyButton text={command} />
          </div>
        </>
      )}
      {mqtt && (
        <p class="quiet">
          The MQTT broker listens at{' '}
          <code>
            {mqtt.host}:{mqtt.port}
          </code>
          {mqtt.credentials ? ', with a user and a password' : ''}. Sources take packets from{' '}
          {topicsOf(pipeline?.sources ?? [])}.
        </p>
      )}
    </div>
  );
}

/** Everything that came set aside is no quiet start: it has to be said where the reasons are. */
function WhatCame({ ledger }: { readonly ledger: ApiLedger | null }) {
  const dead = ledger === null ? 0 : ledgerVerdict(ledger).deadLettered;
  const unmatched = ledger?.unmatched ?? 0;
  return (
    <>
      {dead > 0 ? (
        <p>
          Packets come, but none has become a reading:{' '}
          <button type="button" class="link" onClick={() => goTo({ panel: 'dead-letters' })}>
            {formatExact(dead)} dead letter{dead === 1 ? ' says' : 's say'} why
          </button>
          .
        </p>
      ) : (
        <p>
          Everything is running and waiting. As soon as a first reading comes it shows here by
          itself.
        </p>
      )}
      {unmatched > 0 && (
        <p>
          {formatExact(unmatched)} packet{unmatched === 1 ? ' has' : 's have'} come under topics
          that no source takes.
        </p>
      )}
    </>
  );
}

function topicsOf(sources: readonly { readonly topics: readonly string[] }[]) {
  const topics = sources.flatMap((source) => source.topics);
  if (topics.length === 0) return 'the topics that the configuration names';
  return topics.map((topic, index) => (
    <span key={topic}>
      {index > 0 ? ', ' : ''}
      <code>{topic}</code>
    </span>
  ));
}
