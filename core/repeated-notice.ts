const everyMicros = 60e6;
/** Past it all is forgotten, and each is told anew: whoever names them may give any name. */
const maxTold = 1000;

/**
 * What comes again and again is told the first time at once, then once a minute at most, with how many came between: so
 * that somebody looks, and nobody can fill the disk with log lines.
 */
export class RepeatedNotice {
  readonly #now: () => number;
  readonly #told = new Map<string, { at: number; since: number }>();

  /** `now`: microseconds since 1970. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Calls `tell`, or counts it: `more` is a sentence of how many were counted, beginning with a space, or empty. */
  tell(name: string, tell: (more: string) => void): void {
    const told = this.#told.get(name);
    if (told && this.#now() - told.at < everyMicros) {
      told.since++;
      return;
    }
    if (this.#told.size >= maxTold) this.#told.clear();
    this.#told.set(name, { at: this.#now(), since: 0 });
    tell(told?.since ? ` ${told.since} more since the last such line.` : '');
  }
}
