import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { FolderLock } from '../../core/log/sqlite/lock-folder.ts';
import { listenError } from '../../core/loopback.ts';
import type { Health, Service, ServiceContext } from '../../core/service.ts';
import type { DeliveryBook } from './delivery-book.ts';
import { type Door, stalledAfterMicros } from './door.ts';
import type { Intake } from './intake.ts';

export interface WebhookIngressParts {
  readonly context: ServiceContext;
  readonly lock: FolderLock;
  readonly server: FastifyInstance;
  readonly door: Door;
  readonly intake: Intake;
  readonly book: DeliveryBook;
  readonly isSecure: boolean;
}

/** A sender that is still sending then is cut off: it has had no answer, and sends again. */
const stopWithinMs = 5_000;

/** The service: its parts started and stopped in order. */
export class WebhookIngress implements Service {
  readonly name = 'webhook-ingress';
  readonly #parts: WebhookIngressParts;
  #listening = false;
  #stopping: Promise<void> | undefined;

  constructor(parts: WebhookIngressParts) {
    this.#parts = parts;
  }

  /** As `http://127.0.0.1:8090`. */
  get url(): string {
    const { address, port, family } = this.#parts.server.server.address() as AddressInfo;
    const host = family === 'IPv6' ? `[${address}]` : address;
    return `${this.#parts.isSecure ? 'https' : 'http'}://${host}:${port}`;
  }

  /**
   * Listens when every delivery that the topic holds is known, so that none of them is taken again. Throws `PORT_TAKEN`,
   * with nothing left open.
   */
  async start(): Promise<void> {
    const { context, server, book } = this.#parts;
    const { host, webhookPort: port } = context.settings;
    try {
      await book.open();
      await server.listen({ host, port });
    } catch (error) {
      await this.stop();
      throw listenError(error, { host, port, setting: 'MILLRACE_WEBHOOK_PORT' });
    }
    this.#listening = true;
    context.events.info('webhook.listening', {
      message: `Webhooks are taken at ${this.url}/webhooks/<source>`,
      url: this.url,
    });
  }

  health(): Health {
    const { intake } = this.#parts;
    if (this.#stopping) return { ready: false, detail: 'The webhook ingress is stopping.' };
    if (!this.#listening)
      return { ready: false, detail: 'The deliveries of the last days are being read.' };
    if (intake.refusal)
      return { ready: false, detail: `The log refuses records: ${intake.refusal.message}` };
    if (intake.waitingMicros > stalledAfterMicros)
      return { ready: false, detail: 'The log has not answered an append for 5 s.' };
    return { ready: true };
  }

  /** What is in hand is answered; what comes during the stop gets 503, and comes again. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const { server, door, intake, book, lock } = this.#parts;
    door.shut();
    const overdue = setTimeout(() => server.server.closeAllConnections(), stopWithinMs);
    await server.close();
    clearTimeout(overdue);
    await intake.drain();
    intake.end();
    await book.close();
    lock.release();
  }
}
