import type { FunctionComponent } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** The map is nine tenths of the page's bytes: everything else is there before it. */
export function LazyMap() {
  const [loaded, setLoaded] = useState<{ readonly MapView: FunctionComponent } | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  useEffect(() => {
    import('./map-view.tsx').then(setLoaded, (error: unknown) => setFailure(String(error)));
  }, []);
  if (loaded) return <loaded.MapView />;
  return (
    <section class="map" aria-label="Map">
      {failure !== null && (
        <p class="map-failure" role="alert">
          The map could not be loaded ({failure}). Load the page again; the list works without it.
        </p>
      )}
    </section>
  );
}
