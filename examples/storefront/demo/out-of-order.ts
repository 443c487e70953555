import type { Delivery } from './deliveries-of.ts';
import type { Random } from './order-story.ts';

/**
 * Deliveries as they arrive where networks are as they are: mixed, some twice under one id (the answer was lost), some
 * once more under another (the sender's own double).
 */
export function outOfOrder(deliveries: readonly Delivery[], random: Random): Delivery[] {
  const all = deliveries.flatMap((delivery, index) => {
    const chance = random();
    if (chance < 0.15) return [delivery, delivery];
    // Stripe's id stands in what it signs: there a double is the same event.
    if (chance < 0.3 && delivery.source !== 'payments')
      return [delivery, { ...delivery, id: `${delivery.id}-again-${index}` }];
    return [delivery];
  });
  return all
    .map((delivery) => ({ delivery, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ delivery }) => delivery);
}
