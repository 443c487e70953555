/** What a check is handed of one HTTP request. Nothing of it is trusted. */
export interface WebhookRequest {
  readonly method: string;
  /** As in the request line, with its query. */
  readonly path: string;
  /** As Node gives them: names in any case, a header that came several times as a list or joined by commas. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The bytes as they were sent, before any inflating: what senders sign. */
  readonly rawBody: Uint8Array;
  /** Of the connection. Undefined once the connection has gone. */
  readonly remoteAddress: string | undefined;
  /** Absent: none was shown, or the connection is not TLS. */
  readonly peerCertificate?: PeerCertificate;
  readonly nowMs: number;
}

/** What `getPeerCertificate()` of a TLS socket gives, and whether its `authorized` is true. */
export interface PeerCertificate {
  /** True when one of the client authorities has signed it and it is in its time. */
  readonly authorized: boolean;
  readonly subject?: { readonly CN?: string | readonly string[] };
  readonly subjectaltname?: string;
  readonly fingerprint256?: string;
}

export type Verdict = { readonly ok: true } | Refusal;

/** What is wrong, without what would have been right. */
export interface Failure {
  readonly ok: false;
  /** Bounded: for a metric's label. */
  readonly check: CheckName;
  /** A sentence. */
  readonly detail: string;
}

/** For the 401's problem document. */
export interface Refusal extends Failure {
  /** Of the header that a 401 carries (RFC 9110, 11.6.1). */
  readonly wwwAuthenticate: string;
}

export type CheckName =
  | 'signature-missing'
  | 'signature-wrong'
  | 'timestamp-unreadable'
  | 'timestamp-stale'
  | 'credentials-missing'
  | 'credentials-wrong'
  | 'certificate-missing'
  | 'certificate-wrong'
  | 'address-refused'
  | 'header-repeated';

/** Pure, and it never throws, whatever comes. Undefined: nothing is wrong. */
export type Check = (request: WebhookRequest) => Failure | undefined;

/** Pure, and it never throws, whatever comes. */
export type Verifier = (request: WebhookRequest) => Verdict;
