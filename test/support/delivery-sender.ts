import { Agent, type RequestOptions, request } from 'node:http';

/** Each is a source of test/crash/webhook-pipeline.config.ts: with a time, with an id, or both. */
export const deliverySources = ['plain', 'timed', 'untimed'] as const;
export type DeliverySource = (typeof deliverySources)[number];

export interface DeliverySender {
  /** Delivers the next `count` numbers, each of them until its answer is a 2xx. */
  send(count: number): Promise<void>;
  /** Delivers numbers again, once each; resolves with their statuses. */
  repeat(numbers: readonly number[]): Promise<number[]>;
  /** What the sender knows: the only list that a crash test believes. */
  readonly acknowledged: readonly number[];
  /** Tries that had no 2xx. */
  readonly failed: number;
  close(): void;
}

export interface DeliverySenderOptions {
  /** A number goes to them in turn, and its next try to the next of them. */
  readonly ports: readonly number[];
  /** Of the webhook: which number goes where is said by {@link sourceOf}. */
  readonly concurrency: number;
  /** Every number goes to all of the ports at once. */
  readonly everywhere?: boolean;
}

const retryAfterMs = 25;
const giveUpAfterMs = 15_000;

/** Of a number; they take turns. */
export function sourceOf(n: number): DeliverySource {
  return deliverySources[n % deliverySources.length] ?? 'plain';
}

/** A sender as shops have them: what is not answered by a 2xx is sent again, the same bytes with the same id. */
export function openDeliverySender(options: DeliverySenderOptions): DeliverySender {
  const { ports, concurrency, everywhere = false } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency * 2 });
  const startedMicros = Date.now() * 1000;
  const acknowledged: number[] = [];
  let next = 0;
  let failed = 0;

  const post = (n: number, port: number) => {
    const source = sourceOf(n);
    const body = {
      m: `m${n % 10}`,
      n,
      ...(source !== 'untimed' && { at: startedMicros + n }),
    };
    const headers = {
      'content-type': 'application/json',
      ...(source !== 'plain' && { 'x-delivery-id': `delivery-${startedMicros}-${n}` }),
    };
    const path = `/webhooks/${source}`;
    return statusOf({ agent, port, method: 'POST', path, headers }, JSON.stringify(body));
  };
  const deliver = async (n: number, shift: number) => {
    for (let attempt = 0; ; attempt++) {
      const status = await post(n, ports[(n + shift + attempt) % ports.length] ?? 0);
      if (status >= 200 && status < 300) return;
      failed++;
      await new Promise((resolve) => setTimeout(resolve, retryAfterMs));
    }
  };
  const work = async (end: number) => {
    while (next < end) {
      const n = next++;
      await Promise.all(
        (everywhere ? ports : ports.slice(0, 1)).map((_, shift) => deliver(n, shift)),
      );
      acknowledged.push(n);
    }
  };
  return {
    async send(count) {
      const end = next + count;
      await Promise.all(Array.from({ length: concurrency }, () => work(end)));
    },
    async repeat(numbers) {
      const statuses: number[] = [];
      const left = [...numbers];
      const worker = async () => {
        for (let n = left.pop(); n !== undefined; n = left.pop())
          statuses.push(await post(n, ports[(n + 1) % ports.length] ?? 0));
      };
      await Promise.all(Array.from({ length: concurrency }, worker));
      return statuses;
    },
    acknowledged,
    get failed() {
      return failed;
    },
    close: () => agent.destroy(),
  };
}

/** 0: no answer came. */
function statusOf(options: RequestOptions, body: string): Promise<number> {
  return new Promise((resolve) => {
    const sent = request({ host: '127.0.0.1', timeout: giveUpAfterMs, ...options }, (answer) => {
      answer.resume();
      answer.once('end', () => resolve(answer.statusCode ?? 0));
      answer.once('error', () => resolve(0));
      answer.once('close', () => resolve(0));
    });
    sent.once('timeout', () => sent.destroy());
    sent.once('error', () => resolve(0));
    sent.end(body);
  });
}
