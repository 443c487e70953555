import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Acceptance, Acceptor } from './acceptor.ts';
import type { BodyKind } from './body/body-kind.ts';
import { encodingOf, Inflater } from './body/inflate.ts';
import { type Part, type Unpacked, unpack } from './body/unpack.ts';
import { type ByteBudget, ByteShare } from './byte-budget.ts';
import type { Intake } from './intake.ts';
import { receiveBody } from './receive-body.ts';
import { isRefusal, type Refusal, refuse, refuseForNow } from './refusal.ts';
import type { HandshakeAnswer } from './verify/handshake-of.ts';
import type { PeerCertificate, Refusal as Unverified, WebhookRequest } from './verify/verdict.ts';
import type { WebhookSource } from './webhook-source.ts';

/** Undefined: the sender went away before its body was whole. */
export type Answer = Acceptance | HandshakeAnswer | undefined;

export interface DoorOptions {
  readonly acceptor: Acceptor;
  readonly intake: Intake;
  readonly budget: ByteBudget;
  /** Microseconds since 1970. */
  readonly now: () => number;
}

/** The log has not answered for so long: nothing more is taken until it does. */
export const stalledAfterMicros = 5_000_000;
const empty = Buffer.alloc(0);

/** The way of one request: received, verified over the bytes as they came, then unpacked and put into the log. */
export class Door {
  readonly #options: DoorOptions;
  readonly #inflater = new Inflater();
  #isShut = false;

  constructor(options: DoorOptions) {
    this.#options = options;
  }

  /** From now on every delivery is refused for the moment. */
  shut(): void {
    this.#isShut = true;
  }

  get isShut(): boolean {
    return this.#isShut;
  }

  /** A POST. Rejects with what the log rejects with. */
  async take(source: WebhookSource, message: IncomingMessage): Promise<Answer> {
    const share = new ByteShare(this.#options.budget);
    try {
      return await this.#take(source, message, share);
    } finally {
      share.end();
    }
  }

  /** A GET or OPTIONS, for senders that ask before they send. */
  greet(source: WebhookSource, message: IncomingMessage): HandshakeAnswer | Refusal {
    const answer = source.handshakes.beforeDelivery(this.#toRequest(source, message, empty));
    if (answer === undefined) return methodRefusal(source, message.method);
    return answer.ok ? answer : unverified(answer);
  }

  async #take(source: WebhookSource, message: IncomingMessage, share: ByteShare): Promise<Answer> {
    const { maxBytes } = source.plan;
    const rawBody = await receiveBody(message, { maxBytes, share });
    if (rawBody === undefined || isRefusal(rawBody)) return rawBody;
    const request = this.#toRequest(source, message, rawBody);
    const verdict = source.verify(request);
    if (!verdict.ok) return unverified(verdict);
    // After the proof: strangers can't use up what the sender may send.
    const refusal = this.#overRate(source, request.nowMs) ?? this.#unable();
    if (refusal) return refusal;
    const kind = source.kinds.of(message.headers);
    if (typeof kind === 'object') return kind;
    const bytes = await this.#inflated(source, message, rawBody, share);
    if (isRefusal(bytes)) return bytes;
    const handshake = source.handshakes.inDelivery({ ...request, rawBody: bytes });
    if (handshake) return handshake.ok ? handshake : unverified(handshake);
    return this.#accept(source, message, { kind, bytes });
  }

  async #accept(
    source: WebhookSource,
    { headers }: IncomingMessage,
    { kind, bytes }: { readonly kind: BodyKind; readonly bytes: Buffer },
  ): Promise<Acceptance> {
    // Lines are read one by one; everything else is parsed as a whole.
    if (kind !== 'json-lines' && bytes.length > source.maxPayloadBytes)
      return tooLarge(bytes.length, source);
    const unpacked = unpack({ kind, headers, bytes, maxDepth: source.plan.maxDepth });
    if (isRefusal(unpacked)) return unpacked;
    const id = source.idOf({ headers, body: payloadOf(unpacked) ?? bytes });
    const traceparent = traceparentOf(headers.traceparent);
    const { acceptor } = this.#options;
    return acceptor.accept({ source, id, ...unpacked, traceparent });
  }

  #overRate({ bucket, plan }: WebhookSource, nowMs: number): Refusal | undefined {
    const waitSeconds = bucket?.waitSeconds(nowMs) ?? 0;
    if (waitSeconds === 0) return undefined;
    return refuse(
      'rate-exceeded',
      `The source takes ${plan.rate?.perSecond} deliveries a second (webhook.rate); send it again later.`,
      { retryAfterSeconds: Math.ceil(waitSeconds) },
    );
  }

  #unable(): Refusal | undefined {
    const { intake } = this.#options;
    if (this.#isShut) return refuseForNow('Millrace is stopping; send it again.');
    if (intake.full) return refuseForNow('Too many readings wait for the log; send it again.', 2);
    if (intake.waitingMicros > stalledAfterMicros)
      return refuseForNow('The log does not answer at present; send it again.');
    return undefined;
  }

  async #inflated(
    { plan }: WebhookSource,
    { headers }: IncomingMessage,
    rawBody: Buffer,
    share: ByteShare,
  ): Promise<Buffer | Refusal> {
    const encoding = encodingOf(headers['content-encoding']);
    if (encoding === undefined) return rawBody;
    const bytes = await this.#inflater.inflate(encoding, rawBody, plan.maxInflatedBytes);
    if (isRefusal(bytes) || share.take(bytes.length)) return bytes;
    return refuseForNow('Too many bytes wait for the log; send it again.', 2);
  }

  #toRequest(source: WebhookSource, message: IncomingMessage, rawBody: Buffer): WebhookRequest {
    const certificate = source.asksForCertificate ? peerCertificate(message) : undefined;
    return {
      method: message.method ?? '',
      path: message.url ?? '',
      headers: message.headers,
      rawBody,
      remoteAddress: message.socket.remoteAddress,
      nowMs: this.#options.now() / 1000,
      ...(certificate && { peerCertificate: certificate }),
    };
  }
}

export function methodRefusal(source: WebhookSource, method: string | undefined): Refusal {
  return refuse(
    'method-not-allowed',
    `${source.path} should be sent to by ${source.methods}; the method was ${method?.slice(0, 20)}.`,
    { headers: { allow: source.methods } },
  );
}

function unverified({ detail, wwwAuthenticate }: Unverified): Refusal {
  return refuse('delivery-unverified', detail, {
    headers: { 'www-authenticate': wwwAuthenticate },
  });
}

/** Of a body that is one: a form as JSON, a CloudEvent with its attributes. */
function payloadOf({ parts, isList }: Unpacked): Uint8Array | undefined {
  return isList || !Array.isArray(parts) ? undefined : (parts as readonly Part[])[0]?.payload;
}

function tooLarge(bytes: number, { maxPayloadBytes }: WebhookSource): Refusal {
  return refuse(
    'delivery-too-large',
    `A body that is no list of lines should have at most ${maxPayloadBytes} bytes; it has ${bytes}. Send lines (application/x-ndjson), or raise webhook.maxBytes.`,
  );
}

function peerCertificate({ socket }: IncomingMessage): PeerCertificate | undefined {
  const secure = socket as Partial<TLSSocket>;
  const certificate = secure.getPeerCertificate?.();
  if (certificate === undefined || Object.keys(certificate).length === 0) return undefined;
  const { subject, subjectaltname, fingerprint256 } = certificate;
  return {
    authorized: secure.authorized === true,
    subject,
    fingerprint256,
    ...(subjectaltname !== undefined && { subjectaltname }),
  };
}

const traceparentPattern =
  /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;

/** W3C Trace Context, 3.2; null when it is none. */
function traceparentOf(header: string | string[] | undefined): string | null {
  return typeof header === 'string' && traceparentPattern.test(header) ? header : null;
}
