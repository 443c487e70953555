import { useState } from 'preact/hooks';
import { openSession } from './api-client.ts';

/** Asked for a token, the page exchanges it for a cookie: an EventSource sends no header. */
export function TokenForm({ onOpened }: { readonly onOpened: () => void }) {
  const [token, setToken] = useState('');
  const [refusal, setRefusal] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    const sentence = await openSession(token.trim());
    setBusy(false);
    if (sentence === undefined) onOpened();
    else setRefusal(sentence);
  };
  return (
    <form class="token" onSubmit={(event) => void submit(event)}>
      <h2>A token is needed</h2>
      <p>This Millrace shows its readings only to those who have its token (MILLRACE_API_TOKEN).</p>
      <label for="token">Token</label>
      <input
        id="token"
        type="password"
        autocomplete="current-password"
        autofocus
        value={token}
        aria-invalid={refusal !== null}
        aria-describedby="token-refusal"
        onInput={(event) => setToken(event.currentTarget.value)}
      />
      <p id="token-refusal" class="refusal" role="alert">
        {refusal ?? ''}
      </p>
      <button type="submit" class="main" disabled={busy || token.trim() === ''}>
        Open
      </button>
    </form>
  );
}
