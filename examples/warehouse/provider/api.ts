/** What the three APIs are made of: a request, an answer, a limit. */
export interface ApiRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  readonly nowMs: number;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text goes out as it is, so that money keeps its digits. */
  readonly body?: string;
}

export type Api = (request: ApiRequest) => ApiAnswer;

export const refused = (status: number, message: string, headers = {}): ApiAnswer => ({
  status,
  headers,
  body: JSON.stringify({ message }),
});

/** Cents as a decimal number with two digits. */
export const money = (cents: number) =>
  `${Math.floor(cents / 100)}.${`${cents % 100}`.padStart(2, '0')}`;
export const time = (atMs: number) => new Date(atMs).toISOString();

/** So many requests in a window, counted from its first one. */
export class Limit {
  readonly #requests: number;
  readonly #windowMs: number;
  #used = 0;
  #beganAtMs = Number.NEGATIVE_INFINITY;

  constructor(requests: number, windowMs: number) {
    this.#requests = requests;
    this.#windowMs = windowMs;
  }

  /** What is left after this request; negative: it is one too many. */
  take(nowMs: number): { readonly left: number; readonly resetSeconds: number } {
    if (nowMs >= this.#beganAtMs + this.#windowMs) {
      this.#beganAtMs = nowMs;
      this.#used = 0;
    }
    this.#used++;
    const resetSeconds = Math.ceil((this.#beganAtMs + this.#windowMs - nowMs) / 1000);
    return { left: this.#requests - this.#used, resetSeconds };
  }
}
