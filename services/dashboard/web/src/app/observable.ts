import { useEffect, useState } from 'preact/hooks';

/** A value that tells its listeners when it has changed. Setting the same value again tells nobody. */
export class Observable<T> {
  #value: T;
  readonly #listeners = new Set<() => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get(): T {
    return this.#value;
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of [...this.#listeners]) listener();
  }

  update(change: Partial<T>): void {
    this.set({ ...this.#value, ...change });
  }

  /** Returns the way to end it. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** Draws the component again when the value has changed. */
export function useObservable<T>(observable: Observable<T>): T {
  const [, draw] = useState(0);
  useEffect(() => {
    let seen = observable.get();
    const look = () => {
      if (Object.is(seen, observable.get())) return;
      seen = observable.get();
      draw((count) => count + 1);
    };
    const end = observable.subscribe(look);
    draw((count) => count + 1);
    return end;
  }, [observable]);
  return observable.get();
}

/** Draws the component again every `everyMs`; for ages. */
export function useTick(everyMs: number): void {
  const [, draw] = useState(0);
  useEffect(() => {
    const timer = window.setInterval(() => draw((count) => count + 1), everyMs);
    return () => window.clearInterval(timer);
  }, [everyMs]);
}
