import { useEffect, useState } from 'preact/hooks';
import { getJson } from './api-client.ts';

export interface Polled<T> {
  /** The last answer, also after a later one failed. */
  readonly answer: T | null;
  /** Why the last attempt failed, as a sentence. */
  readonly error: string | null;
}

/** Asks at once and then every `everyMs` after the last answer; not at all while `path` is null or the page is hidden. */
export function usePolled<T>(path: string | null, everyMs: number): Polled<T> {
  const [polled, setPolled] = useState<Polled<T>>({ answer: null, error: null });
  useEffect(() => {
    if (path === null) return;
    const ending = new AbortController();
    let timer: number | undefined;
    const ask = async () => {
      if (!document.hidden) {
        try {
          const answer = await getJson<T>(path, ending.signal);
          setPolled({ answer, error: null });
        } catch (error) {
          if (ending.signal.aborted) return;
          const sentence = error instanceof Error ? error.message : String(error);
          setPolled((before) => ({ ...before, error: sentence }));
        }
      }
      if (!ending.signal.aborted) timer = window.setTimeout(ask, everyMs);
    };
    void ask();
    return () => {
      ending.abort();
      window.clearTimeout(timer);
    };
  }, [path, everyMs]);
  return polled;
}
