import type { SourceDeclaration } from '../../core/config/pipeline.ts';
import { toWebhookPlan, type WebhookPlan } from '../../core/config/webhook-plan.ts';
import type { Format } from '../../core/format.ts';
import { BodyKinds } from './body/body-kind.ts';
import { TokenBucket } from './token-bucket.ts';
import { deliveryIdReader, type IdentifiedDelivery } from './verify/delivery-id-of.ts';
import { type Handshakes, handshakesOf } from './verify/handshake-of.ts';
import type { Verifier } from './verify/verdict.ts';
import { verifierOf } from './verify/verifier-of.ts';

/** A source that is sent to, with all that is prepared once. */
export interface WebhookSource {
  readonly name: string;
  /** Of its requests, without a query: that may hold a token. */
  readonly path: string;
  readonly format: Format;
  readonly plan: WebhookPlan;
  readonly verify: Verifier;
  readonly handshakes: Handshakes;
  readonly idOf: (delivery: IdentifiedDelivery) => string | undefined;
  /** A CloudEvent without another id is recognised by its own. */
  readonly usesEventIds: boolean;
  /** A check asks for the sender's certificate. */
  readonly asksForCertificate: boolean;
  readonly kinds: BodyKinds;
  readonly bucket: TokenBucket | undefined;
  /** Of a payload that goes to the format. */
  readonly maxPayloadBytes: number;
  /** For `Allow`. */
  readonly methods: string;
}

/** What a dead letter holds whole. */
const usualPayloadBytes = 950_000;

export function webhookSources(
  sources: Readonly<Record<string, SourceDeclaration>>,
): ReadonlyMap<string, WebhookSource> {
  const found = new Map<string, WebhookSource>();
  for (const [name, { webhook, format }] of Object.entries(sources)) {
    if (webhook === undefined) continue;
    const plan = toWebhookPlan(webhook);
    const handshakes = handshakesOf(plan);
    found.set(name, {
      name,
      path: `/webhooks/${name}`,
      format,
      plan,
      verify: verifierOf(plan.checks),
      handshakes,
      idOf: deliveryIdReader(plan.deliveryId),
      usesEventIds: webhook.deliveryId !== 'none',
      asksForCertificate: plan.checks.some(({ scheme }) => scheme === 'mutual-tls'),
      kinds: new BodyKinds(format.contentType),
      bucket: plan.rate && new TokenBucket(plan.rate),
      // Whoever allows larger bodies wants them read.
      maxPayloadBytes: webhook.maxBytes === undefined ? usualPayloadBytes : plan.maxBytes,
      methods: ['POST', ...handshakes.methods].join(', '),
    });
  }
  return found;
}
