/** One order from its placing to its parcel's arrival, as the shop knows it: what the senders tell in pieces. */
export interface OrderStory {
  readonly orderId: string;
  readonly number: string;
  readonly currency: 'EUR' | 'USD' | 'JPY';
  readonly country: string;
  readonly placedAtMs: number;
  /** In the currency's smallest unit. */
  readonly firstTotal: number;
  readonly tax: number;
  /** Something was added to it, or taken out. */
  readonly edit: { readonly atMs: number; readonly total: number } | undefined;
  readonly payment: { readonly id: string; readonly atMs: number; readonly amount: number };
  readonly refund: { readonly atMs: number; readonly amount: number } | undefined;
  readonly cancelledAtMs: number | undefined;
  readonly parcel: Parcel | undefined;
}

export interface Parcel {
  readonly tracking: string;
  readonly carrier: string;
  readonly shippedAtMs: number;
  /** In the order in which they happened. */
  readonly events: readonly ParcelEvent[];
}

export interface ParcelEvent {
  readonly atMs: number;
  readonly status: 'AC' | 'IT' | 'DE';
  readonly description: string;
  readonly city: string;
  readonly lat: number;
  readonly lon: number;
}

/** From 0 to 1; the same seed gives the same orders. */
export type Random = () => number;

export interface StoryOptions {
  readonly index: number;
  readonly placedAtMs: number;
  /** Between one step of the story and the next, about. At least two seconds: the senders' times have no fractions. */
  readonly stepMs: number;
  readonly random: Random;
}

const currencies = ['EUR', 'EUR', 'USD', 'JPY'] as const;
const countries = { EUR: 'FI', USD: 'US', JPY: 'JP' } as const;
const way = [
  { status: 'AC', description: 'Accepted', city: 'Helsinki', lat: 60.1699, lon: 24.9384 },
  { status: 'IT', description: 'In transit', city: 'Tampere', lat: 61.4978, lon: 23.761 },
  { status: 'DE', description: 'Delivered', city: 'Oulu', lat: 65.0121, lon: 25.4651 },
] as const;

export function orderStory({ index, placedAtMs, stepMs, random }: StoryOptions): OrderStory {
  const atPlacedMs = Math.floor(placedAtMs / 1000) * 1000;
  const at = steps(atPlacedMs, stepMs, random);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const currency = pick(currencies);
  const firstTotal = 500 + Math.floor(random() * 50_000);
  const atPaidMs = at();
  const edit =
    random() < 0.2 ? { atMs: at(), total: firstTotal - Math.floor(random() * 400) } : undefined;
  const isCancelled = random() < 0.1;
  const cancelledAtMs = isCancelled ? at() : undefined;
  const isShipped = !isCancelled && random() < 0.85;
  const shippedAtMs = at();
  const heard = 1 + Math.floor(random() * way.length);
  const events = way.slice(0, heard).map((event) => ({ ...event, atMs: at() }));
  const amount = firstTotal;
  const isRefunded = isCancelled || random() < 0.15;
  const refunded = isCancelled ? amount : 1 + Math.floor(random() * amount);
  return {
    orderId: String(6_100_000_000_000 + index * 7919),
    number: `#${1001 + index}`,
    currency,
    country: countries[currency],
    placedAtMs: atPlacedMs,
    firstTotal,
    tax: Math.floor(firstTotal / 5),
    edit,
    payment: { id: `pi_demo${String(index).padStart(6, '0')}`, atMs: atPaidMs, amount },
    refund: isRefunded ? { atMs: at(), amount: refunded } : undefined,
    cancelledAtMs,
    parcel: isShipped
      ? { tracking: `MR${String(index).padStart(9, '0')}FI`, carrier: 'posti', shippedAtMs, events }
      : undefined,
  };
}

/** Later and later whole seconds. */
function steps(startMs: number, stepMs: number, random: Random): () => number {
  let atMs = startMs;
  return () => {
    atMs += Math.max(2000, Math.round((stepMs * (0.5 + random())) / 1000) * 1000);
    return atMs;
  };
}

/** Mulberry32. */
export function seededRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
