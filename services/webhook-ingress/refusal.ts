/** Why a request is answered otherwise than by 202 or 200. Each is an RFC 9457 problem of its own. */
export const problems = {
  'delivery-unreadable': { status: 400, title: 'The delivery can not be read.' },
  'delivery-unverified': { status: 401, title: 'The sender has not proved itself.' },
  'source-unknown': { status: 404, title: 'There is no such source.' },
  'not-found': { status: 404, title: 'There is no such thing here.' },
  'method-not-allowed': { status: 405, title: 'Deliveries are sent by POST.' },
  'request-too-slow': { status: 408, title: 'The request took too long to come.' },
  'delivery-too-large': { status: 413, title: 'The delivery is too large.' },
  'type-unsupported': { status: 415, title: 'The source takes no content of this type.' },
  'headers-too-large': { status: 431, title: 'The headers are too large.' },
  'rate-exceeded': { status: 429, title: 'The source has had its share for the moment.' },
  'request-failed': { status: 500, title: 'The request could not be answered.' },
  'log-away': { status: 503, title: 'The delivery can not be kept at present.' },
} as const;

export type ProblemKind = keyof typeof problems;

export interface Refusal {
  readonly problem: ProblemKind;
  /** What was expected, what came, what to do. Nothing of what was sent as a proof. */
  readonly detail: string;
  readonly retryAfterSeconds?: number;
  /** Further headers of the answer: `allow`, `www-authenticate`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The rest of the body has not been read. */
  readonly closes?: true;
}

export function refuse(
  problem: ProblemKind,
  detail: string,
  more: Omit<Refusal, 'problem' | 'detail'> = {},
): Refusal {
  return { problem, detail, ...more };
}

/** `retry`: how long a sender should keep the delivery before it tries again. */
export function refuseForNow(detail: string, retryAfterSeconds = 5): Refusal {
  return refuse('log-away', detail, { retryAfterSeconds });
}

export function isRefusal(value: object): value is Refusal {
  return 'problem' in value;
}

/** The document of RFC 9457, as text. `requestId` stands in the log line too, where there is one. */
export function problemText({ problem, detail }: Refusal, requestId: string): string {
  const { status, title } = problems[problem];
  const type = `urn:millrace:problem:${problem}`;
  return JSON.stringify({ type, title, status, detail, requestId });
}
