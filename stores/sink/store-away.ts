import { MillraceError } from '../../core/errors.ts';

/** `STORE_UNAVAILABLE` of a store that says how long it wants to be left alone. */
export class StoreAway extends MillraceError {
  /** 0: it doesn't say. */
  readonly retryAfterMs: number;

  constructor(
    message: string,
    options: { readonly cause: unknown; readonly retryAfterMs: number },
  ) {
    super('STORE_UNAVAILABLE', message, { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs;
  }
}
