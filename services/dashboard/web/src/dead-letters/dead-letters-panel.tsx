import { useState } from 'preact/hooks';
import type { ApiDeadLetter, ApiDeadLetterGroup, ApiList } from '../../../api-types.ts';
import { Icon } from '../app/icon.tsx';
import { Panel } from '../app/panel.tsx';
import { usePolled } from '../app/polled.ts';
import { serverNow } from '../app/reference.ts';
import { formatExact } from '../words/format-number.ts';
import { formatAge, formatTime } from '../words/format-time.ts';
import { reasonSentence } from './reason-sentence.ts';

const idOf = ({ source, stage, reason }: ApiDeadLetterGroup) => `${source} ${stage} ${reason}`;

export function DeadLettersPanel() {
  const { answer, error } = usePolled<ApiList<ApiDeadLetterGroup>>(
    '/api/v1/dead-letter-groups',
    5000,
  );
  const [open, setOpen] = useState<string | null>(null);
  return (
    <Panel title="Dead letters">
      <p class="lead">
        What could not go on, and waits to be mended. Each keeps its bytes and its reason;{' '}
        <code>npx millrace dlq show ID</code> shows one whole, <code>npx millrace dlq replay</code>{' '}
        sends them again.
      </p>
      {!answer && <p class="quiet">{error ?? 'Asking for the dead letters…'}</p>}
      {answer?.items.length === 0 && (
        <p class="verdict sound">
          <Icon name="check" /> None is open. Whatever came could be read and kept, or was seen to.
        </p>
      )}
      <ul class="groups">
        {answer?.items.map((group) => (
          <Group
            key={idOf(group)}
            group={group}
            open={open === idOf(group)}
            onToggle={() => setOpen(open === idOf(group) ? null : idOf(group))}
          />
        ))}
      </ul>
    </Panel>
  );
}

interface GroupProps {
  readonly group: ApiDeadLetterGroup;
  readonly open: boolean;
  readonly onToggle: () => void;
}

function Group({ group, open, onToggle }: GroupProps) {
  const last = Date.parse(group.lastAt);
  return (
    <li class="group">
      <button type="button" class="group-head" aria-expanded={open} onClick={onToggle}>
        <b class="group-count">{formatExact(group.count)}</b>
        <span class="group-words">
          <span>{reasonSentence(group.reason)}</span>
          <small>
            from {group.source}, at the {group.stage} · last {formatAge(last, serverNow())}
          </small>
        </span>
        <Icon name={open ? 'minus' : 'plus'} />
      </button>
      {open && <Examples group={group} />}
    </li>
  );
}

function Examples({ group }: { readonly group: ApiDeadLetterGroup }) {
  const query = new URLSearchParams({
    source: group.source,
    stage: group.stage,
    reason: group.reason,
    limit: '5',
  });
  const { answer, error } = usePolled<ApiList<ApiDeadLetter>>(
    `/api/v1/dead-letters?${query}`,
    15_000,
  );
  if (!answer) return <p class="quiet">{error ?? 'Asking for the newest…'}</p>;
  return (
    <ul class="examples">
      {answer.items.map((letter) => (
        <li key={letter.id}>
          <p>{letter.detail}</p>
          {letter.preview !== null && <pre>{letter.preview}</pre>}
          <small>
            {letter.topic === null ? '' : `${letter.topic} · `}
            {formatExact(letter.totalBytes)} bytes ·{' '}
            {formatTime(Date.parse(letter.deadAt), serverNow())} · <code>{letter.id}</code>
          </small>
        </li>
      ))}
    </ul>
  );
}
